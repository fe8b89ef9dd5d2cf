/** oneDNN and ONNX Runtime behind the runner's interface. */
package dev.tern.bench.peers;
