/** One readable file for each way of using Tern. */
package dev.tern.examples;
