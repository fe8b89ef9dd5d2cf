/**
 * What this machine is, what Tern can use of it, and why it cannot use the rest.
 *
 * <p>Nothing here throws, loads a driver or starts a thread, unless measuring is asked for: facts come from files that
 * the operating system keeps, and a fact that cannot be had becomes a reason.
 */
package dev.tern.probe;
