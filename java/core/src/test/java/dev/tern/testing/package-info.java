/** What the tests of all backends share. */
package dev.tern.testing;
