/** Every operation in plain scalar Java: the definition of what the other backends must compute. */
package dev.tern.reference;
