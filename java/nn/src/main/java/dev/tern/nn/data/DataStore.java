package dev.tern.nn.data;

import dev.tern.model.MalformedFileException;
import java.io.EOFException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.ZipException;

/**
 * A folder of verified data sets. A set's files lie in {@code <root>/<name>/}, or in {@code <root>} itself when a user
 * points at a folder of his own; gzipped or not. Nothing that is there is ever replaced.
 */
public final class DataStore {
    private static final Logger LOG = System.getLogger(DataStore.class.getName());

    private final Path root;
    private final List<DataSource> sources;
    private final DataCatalog catalog;

    DataStore(final Path root, final List<DataSource> sources, final DataCatalog catalog) {
        this.root = Objects.requireNonNull(root, "root").toAbsolutePath();
        this.sources = List.copyOf(sources);
        this.catalog = catalog;
    }

    /** A store at {@code root} that asks the mirrors, then the packages, for what it lacks. */
    public static DataStore at(final Path root) {
        return new DataStore(root, List.of(new MirrorSource(), new PackageSource(Path.of("/"))), DataCatalog.STANDARD);
    }

    /** The store at the property {@code tern.data}, else in the user's cache folder. */
    public static DataStore standard() {
        final String configured = System.getProperty("tern.data");
        if (configured != null) {
            return at(Path.of(configured));
        }
        final String cache = System.getenv("XDG_CACHE_HOME");
        final Path base =
                cache != null && !cache.isEmpty() ? Path.of(cache) : Path.of(System.getProperty("user.home"), ".cache");
        return at(base.resolve("tern").resolve("data"));
    }

    public Path root() {
        return root;
    }

    /** The state of every file of {@code name}, found by reading them all. */
    public List<FileState> verify(final String name) throws IOException {
        final DataDescription description = catalog.byName(name);
        final List<FileState> states = new ArrayList<>();
        for (final String file : description.files().keySet()) {
            states.add(state(description, file));
        }
        return states;
    }

    private FileState state(final DataDescription description, final String file) throws IOException {
        final String expected = description.files().get(file);
        FileState state = new FileState(file, home(description).resolve(file), FileState.Kind.MISSING, "not there");
        for (final Path candidate : candidates(description, file)) {
            final String problem = problem(candidate, expected);
            if (problem.isEmpty()) {
                return new FileState(file, candidate, FileState.Kind.VERIFIED, "sha256 " + expected);
            }
            // In the root another data set's file may carry the same name; only the set's own folder can be wrong.
            if (candidate.getParent().equals(home(description))) {
                state = new FileState(file, candidate, FileState.Kind.WRONG, problem);
            }
        }
        return state;
    }

    private static String problem(final Path file, final String expected) throws IOException {
        try {
            final String actual = Digest.ofContent(file);
            return actual.equals(expected) ? "" : "sha256 %s, expected %s".formatted(actual, expected);
        } catch (final EOFException | ZipException | MalformedFileException e) {
            return e.toString();
        }
    }

    private List<Path> candidates(final DataDescription description, final String file) {
        return Stream.of(home(description), root)
                .flatMap(folder -> DataFormat.candidates(folder, file))
                .toList();
    }

    private Path home(final DataDescription description) {
        return root.resolve(description.name());
    }

    public boolean complete(final String name) throws IOException {
        return verify(name).stream().allMatch(FileState::verified);
    }

    /** Makes the set complete and says where its files are; one that is there but wrong is an error, not replaced. */
    public List<FileState> fetch(final String name, final FetchProgress progress)
            throws IOException, InterruptedException {
        final DataDescription description = catalog.byName(name);
        final List<FileState> before = verify(name);
        requireNoneWrong(before);
        if (before.stream().allMatch(FileState::verified)) {
            return before;
        }
        final IOException refusals = new IOException("%s could be had from no source; put %s into %s"
                .formatted(name, String.join(", ", description.files().keySet()), home(description)));
        for (final DataSource source : sources) {
            try {
                bring(source, description, progress);
                return verify(name);
            } catch (final IOException e) {
                LOG.log(Level.INFO, () -> "%s: %s".formatted(name, e.getMessage()));
                refusals.addSuppressed(e);
            }
        }
        throw refusals;
    }

    private static void requireNoneWrong(final List<FileState> states) throws IOException {
        for (final FileState state : states) {
            if (state.kind() == FileState.Kind.WRONG) {
                throw new IOException(
                        "%s: %s; move it away or name another folder".formatted(state.path(), state.detail()));
            }
        }
    }

    /** Brings all files beside their final place, verifies them there, and only then moves them in. */
    private void bring(final DataSource source, final DataDescription description, final FetchProgress progress)
            throws IOException, InterruptedException {
        final Path home = Files.createDirectories(home(description));
        final Path staging = Files.createTempDirectory(home, ".fetch-");
        try {
            final DataStore staged = new DataStore(staging, List.of(), catalog);
            source.bring(description, Files.createDirectory(staged.home(description)), progress);
            for (final String file : description.files().keySet()) {
                final FileState brought = staged.state(description, file);
                if (!brought.verified()) {
                    throw new IOException("%s: %s".formatted(brought.path(), brought.detail()));
                }
                moveIn(brought.path(), home.resolve(brought.path().getFileName()));
            }
        } finally {
            deleteTree(staging);
        }
    }

    /** A hard link comes into being whole and refuses to replace, where an atomic move would silently replace. */
    private static void moveIn(final Path from, final Path to) throws IOException {
        try {
            Files.createLink(to, from);
        } catch (final FileAlreadyExistsException e) {
            LOG.log(Level.DEBUG, () -> to + " is there already and is kept");
        } catch (final UnsupportedOperationException e) {
            Files.move(from, to);
        }
    }

    private static void deleteTree(final Path folder) throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            for (final Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /** Reads a complete set, after verifying it. */
    public DataSet load(final String name) throws IOException {
        final DataDescription description = catalog.byName(name);
        final List<FileState> states = verify(name);
        for (final FileState state : states) {
            if (!state.verified()) {
                throw new IOException("%s: %s".formatted(state.path(), state.detail()));
            }
        }
        final List<Path> paths = states.stream().map(FileState::path).toList();
        final DataFormat format = description.format();
        return new DataSet(name, description.classes(), format.train(paths), format.test(paths));
    }
}
