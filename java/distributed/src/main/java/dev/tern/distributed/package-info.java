/** Ranks that train one model together: threads of one process, or processes of MPI. */
package dev.tern.distributed;
