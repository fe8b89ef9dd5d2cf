package dev.tern.distributed;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Tensor;
import dev.tern.model.Graph;
import dev.tern.model.Parameter;
import dev.tern.nn.Batch;
import dev.tern.nn.BatchResult;
import dev.tern.nn.GradientExchange;
import dev.tern.nn.GradientNorm;
import dev.tern.nn.ModelPart;
import dev.tern.nn.Network;
import dev.tern.nn.NetworkRole;
import dev.tern.nn.ParameterSet;
import dev.tern.nn.SplitLayers;
import java.util.ArrayList;
import java.util.List;

/**
 * One stage of a {@link Pipeline}. It starts as many micro-batches ahead of its first backward pass as there are stages
 * behind it, then passes one back and one forward in turn, so that no more are under way than the pipeline is long:
 *
 * <pre>
 * first stage   F0 F1 F2    B0 F3 B1 F4 B2 …          F: forward, B: backward
 * second           F0 F1 B0 F2 B1 F3 B2 …
 * last                F0 B0 F1 B1 F2 B2 …
 * </pre>
 */
final class PipelineStage implements ModelPart {
    private final Pipeline ranks;
    private final Graph whole;
    private final StageCut cut;
    private final Engine engine;
    private final GradientNorm norm = new GradientNorm();
    private final int microSize;
    private final int ahead;
    private final List<MicroBatch> slots = new ArrayList<>();

    PipelineStage(final Pipeline ranks, final Graph whole, final Engine engine, final int microSize, final long seed) {
        this.ranks = ranks;
        this.whole = whole;
        this.engine = engine;
        this.microSize = microSize;
        cut = StageCut.of(whole, ranks.size());
        ahead = ranks.rank();
        final int stage = ranks.stageOf(ranks.rank());
        final NetworkRole role = new NetworkRole(true, stage > 0, SplitLayers.NONE);
        final Network first = new Network(cut.stage(stage), engine, microSize, seed + stage, role);
        slots.add(new MicroBatch(first, ranks));
        while (slots.size() < ahead + 2) { // one more than are under way, which the next input may come to
            slots.add(new MicroBatch(first.twin(), ranks));
        }
    }

    private MicroBatch slot(final int index) {
        return slots.get(index % slots.size());
    }

    @Override
    public ParameterSet parameters() {
        return slots.getFirst().network().parameters();
    }

    @Override
    public BatchResult differentiate(final Batch batch, final GradientExchange exchange) {
        parameters().gradients().segment().fill((byte) 0);
        final int count = Math.ceilDiv(batch.size(), microSize);
        BatchResult result = BatchResult.NONE;
        expectInput(batch, 0, count);
        for (int backward = -ahead; backward < count; backward++) {
            final int forward = backward + ahead;
            if (forward < count) {
                slot(forward).forward(batch, forward * microSize);
                expectInput(batch, forward + 1, count);
            }
            if (backward >= 0) {
                final GradientExchange told = backward == count - 1 ? exchange : GradientExchange.NONE;
                result = result.plus(slot(backward).backward(batch, told));
            }
        }
        slots.forEach(MicroBatch::awaitSent);
        return result;
    }

    /** Its slot is free: the micro-batch that was there has gone back. */
    private void expectInput(final Batch batch, final int index, final int count) {
        if (index < count) {
            slot(index).expectInput(Math.min(microSize, batch.size() - index * microSize));
        }
    }

    @Override
    public double squaredGradientNorm() {
        return ranks.sum(norm.square(parameters().gradients(), engine));
    }

    @Override
    public String firstNotFinite() {
        return slots.stream()
                .map(MicroBatch::firstNotFinite)
                .filter(name -> name != null)
                .findFirst()
                .orElse(null);
    }

    @Override
    public Graph whole() {
        final Graph mine = slots.getFirst().network().snapshot();
        final List<Parameter> all = new ArrayList<>();
        for (final Parameter parameter : whole.parameters().values()) {
            final int owner = ranks.rankOf(cut.owner(parameter.name()));
            final Tensor tensor = owner == ranks.rank()
                    ? mine.parameters().get(parameter.name()).tensor()
                    : Tensor.allocate(DataType.F32, parameter.tensor().shape());
            ranks.communicator().broadcast(tensor, owner);
            all.add(Parameter.of(parameter.name(), tensor));
        }
        return whole.withParameters(all);
    }

    @Override
    public long passes() {
        return slots.getFirst().network().passes();
    }

    @Override
    public void resumeAt(final long passes) {
        slots.getFirst().network().resumeAt(passes);
    }
}
