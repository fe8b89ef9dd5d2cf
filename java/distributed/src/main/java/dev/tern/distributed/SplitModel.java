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
import dev.tern.nn.ParameterSet.Trained;
import dev.tern.nn.SplitLayers;
import dev.tern.nn.WholeModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** One rank's part of {@link SplitLinears}: a model with narrower layers, which sums with the others. */
final class SplitModel implements ModelPart {
    private final SplitLinears ranks;
    private final Graph whole;
    private final Engine engine;
    private final Map<String, SplitPair.Shared> shared = new HashMap<>();
    private final WholeModel model;
    private final GradientNorm norm = new GradientNorm();

    SplitModel(final SplitLinears ranks, final Graph whole, final Engine engine, final int maxBatch, final long seed) {
        this.ranks = ranks;
        this.whole = whole;
        this.engine = engine;
        final List<SplitPair> pairs = SplitPair.of(whole, ranks.size());
        Operands.require(
                !pairs.isEmpty(),
                "model",
                whole.name(),
                "one with two linear layers in a row, of as many units as ranks");
        pairs.forEach(pair -> pair.shared().forEach(one -> shared.put(one.parameter(), one)));
        final SplitLayers split = new SplitLayers(
                pairs.stream().map(pair -> pair.first().name()).collect(Collectors.toSet()),
                pairs.stream().map(pair -> pair.second().name()).collect(Collectors.toSet()),
                ranks.communicator()::allReduce);
        final Network network = new Network(mine(), engine, maxBatch, seed, new NetworkRole(false, false, split));
        model = new WholeModel(network, engine);
    }

    private Graph mine() {
        final List<Parameter> narrower = new ArrayList<>();
        for (final SplitPair.Shared one : shared.values()) {
            final Tensor view = slice(whole.parameters().get(one.parameter()).tensor(), one, ranks.rank());
            narrower.add(Parameter.of(one.parameter(), copy(view)));
        }
        return whole.withParameters(narrower);
    }

    /** A view of what a rank has of a whole parameter. */
    private Tensor slice(final Tensor parameter, final SplitPair.Shared one, final int rank) {
        return parameter.slice(one.dimension(), ranks.part(one.units(), rank), ranks.part(one.units(), rank + 1));
    }

    private static Tensor copy(final Tensor view) {
        final Tensor copy = Tensor.allocate(DataType.F32, view.shape());
        view.copyTo(copy);
        return copy;
    }

    @Override
    public ParameterSet parameters() {
        return model.parameters();
    }

    /** All ranks compute the loss. */
    @Override
    public BatchResult differentiate(final Batch batch, final GradientExchange exchange) {
        final BatchResult result = model.differentiate(batch, exchange);
        return ranks.isFirst() ? result : BatchResult.NONE;
    }

    @Override
    public double squaredGradientNorm() {
        double here = 0;
        double everywhere = 0;
        for (final Trained parameter : parameters().trained()) {
            final double square = norm.square(parameter.gradient(), engine);
            if (shared.containsKey(parameter.name())) {
                here += square;
            } else {
                everywhere += square;
            }
        }
        return ranks.sum(here) + everywhere;
    }

    @Override
    public String firstNotFinite() {
        return model.firstNotFinite();
    }

    @Override
    public Graph whole() {
        final Graph mine = model.whole();
        final List<Parameter> all = new ArrayList<>();
        for (final Parameter parameter : mine.parameters().values()) {
            final SplitPair.Shared one = shared.get(parameter.name());
            all.add(one == null ? parameter : Parameter.of(parameter.name(), joined(parameter.tensor(), one)));
        }
        return whole.withParameters(all);
    }

    private Tensor joined(final Tensor mine, final SplitPair.Shared one) {
        final Tensor all = copy(whole.parameters().get(one.parameter()).tensor());
        for (int rank = 0; rank < ranks.size(); rank++) {
            final Tensor place = slice(all, one, rank);
            final Tensor theirs = rank == ranks.rank() ? mine : Tensor.allocate(DataType.F32, place.shape());
            ranks.communicator().broadcast(theirs, rank);
            theirs.copyTo(place);
        }
        return all;
    }

    @Override
    public long passes() {
        return model.passes();
    }

    @Override
    public void resumeAt(final long passes) {
        model.resumeAt(passes);
    }
}
