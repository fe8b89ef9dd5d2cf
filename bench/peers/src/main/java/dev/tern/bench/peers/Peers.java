package dev.tern.bench.peers;

import dev.tern.bench.BenchSystem;
import java.util.List;

/** The libraries Tern is measured against. */
public final class Peers implements BenchSystem.Provider {

    @Override
    public List<BenchSystem> systems() {
        return List.of(OneDnn.unclamped(), OneDnn.vnni(), OnnxRuntime.exact(), OnnxRuntime.inBytes(), new DjlPyTorch());
    }
}
