/** The {@code tern} command: one class for each subcommand, and what they share. */
package dev.tern.cli;
