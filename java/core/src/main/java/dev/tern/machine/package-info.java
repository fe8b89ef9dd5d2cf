/**
 * Facts about the machine, from files that the operating system keeps. Not exported: the engine counts its cores here,
 * the dispatcher names its measurements, and the probe reports.
 */
package dev.tern.machine;
