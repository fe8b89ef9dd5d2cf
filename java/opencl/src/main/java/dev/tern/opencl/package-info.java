/** GEMM on OpenCL devices, whose memory is not an address; the kernels are the files of {@code kernels/opencl}. */
package dev.tern.opencl;
