package dev.tern.nn.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.nn.data.DataDescription.Client;
import dev.tern.nn.data.DataDescription.PackagedCopy;
import dev.tern.nn.data.DataDescription.Packing;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataStoreTest {
    private static final String NAME = "tiny";

    @TempDir
    private Path folder;

    private final Map<String, byte[]> contents = new LinkedHashMap<>();
    private DataDescription tiny;

    /** A data set of three and two images of 2 x 2. */
    @BeforeEach
    void describe() throws Exception {
        contents.put(IdxImages.TRAIN_IMAGES, idx(12, 3, 2, 2));
        contents.put(IdxImages.TRAIN_LABELS, idx(3, 3));
        contents.put(IdxImages.TEST_IMAGES, idx(8, 2, 2, 2));
        contents.put(IdxImages.TEST_LABELS, idx(2, 2));
        final Map<String, String> hashes = new LinkedHashMap<>();
        for (final Map.Entry<String, byte[]> file : contents.entrySet()) {
            final byte[] hash = MessageDigest.getInstance("SHA-256").digest(file.getValue());
            hashes.put(file.getKey(), HexFormat.of().formatHex(hash));
        }
        final PackagedCopy packaged =
                new PackagedCopy(Client.APT, "tiny-data", Path.of("usr/share/tiny"), Packing.FILES);
        tiny = new DataDescription(
                NAME, "a test", 10, DataFormat.IDX, hashes, List.of(URI.create("http://127.0.0.1:1/")), packaged);
    }

    @Test
    void shouldKnowEveryFileOfItsCatalogue() throws IOException {
        final DataStore store = DataStore.at(folder);
        for (final DataDescription description : DataCatalog.STANDARD.all()) {
            assertTrue(store.verify(description.name()).stream().allMatch(s -> s.kind() == FileState.Kind.MISSING));
        }
        assertEquals(
                List.of("mnist", "fashion-mnist", "cifar10"),
                DataCatalog.STANDARD.all().stream().map(DataDescription::name).toList());
    }

    @Test
    void shouldNameTheKnownSetsWhenAskedForAnother() {
        final Exception e = assertThrows(
                IllegalArgumentException.class, () -> DataStore.at(folder).verify("mnits"));
        assertTrue(e.getMessage().contains("fashion-mnist"), e.getMessage());
    }

    @Test
    void shouldFetchVerifyAndLoad() throws Exception {
        final DataStore store = store(this::bringAll);
        assertFalse(store.complete(NAME));
        assertTrue(store.fetch(NAME, FetchProgress.SILENT).stream().allMatch(FileState::verified));
        final DataSet set = store.load(NAME);
        assertEquals(3, set.train().size());
        assertEquals(2, set.test().size());
        assertEquals(2, set.train().label(2));
    }

    @Test
    void shouldLeaveNothingBehindButTheFiles() throws Exception {
        store(this::bringAll).fetch(NAME, FetchProgress.SILENT);
        try (Stream<Path> tree = Files.walk(folder)) {
            assertEquals(4, tree.filter(Files::isRegularFile).count());
        }
    }

    @Test
    void shouldTakeAFolderOfGzippedFilesAsItIs() throws Exception {
        for (final Map.Entry<String, byte[]> file : contents.entrySet()) {
            Files.write(folder.resolve(file.getKey() + ".gz"), IdxFileTest.gzip(file.getValue()));
        }
        final DataStore store = store(DataStoreTest::mustNotBeAsked);
        assertTrue(store.fetch(NAME, FetchProgress.SILENT).stream().allMatch(FileState::verified));
        assertEquals(3, store.load(NAME).train().size());
    }

    @Test
    void shouldGoOnToTheNextSource() throws Exception {
        final DataStore store = store(new MirrorSource(), this::bringAll);
        assertTrue(store.fetch(NAME, FetchProgress.SILENT).stream().allMatch(FileState::verified));
    }

    @Test
    void shouldSayWhatEverySourceAnswered() {
        final DataStore store = store(new MirrorSource(), (d, into, p) -> {
            throw new IOException("second refusal");
        });
        final IOException e = assertThrows(IOException.class, () -> store.fetch(NAME, FetchProgress.SILENT));
        assertTrue(e.getSuppressed()[0].getMessage().contains("127.0.0.1"), e.getSuppressed()[0].getMessage());
        assertEquals("second refusal", e.getSuppressed()[1].getMessage());
    }

    @Test
    void shouldNotTakeAWrongFileFromASource() {
        contents.get(IdxImages.TEST_LABELS)[8] ^= 1;
        final DataStore store = store(this::bringAll);
        final IOException e = assertThrows(IOException.class, () -> store.fetch(NAME, FetchProgress.SILENT));
        assertTrue(e.getSuppressed()[0].getMessage().contains("expected"), e.getSuppressed()[0].getMessage());
        assertFalse(Files.exists(folder.resolve(NAME).resolve(IdxImages.TEST_LABELS)));
    }

    @Test
    void shouldRefuseToReplaceAWrongFile() throws Exception {
        final Path mine = Files.createDirectories(folder.resolve(NAME)).resolve(IdxImages.TRAIN_LABELS);
        Files.writeString(mine, "mine");
        final DataStore store = store(this::bringAll);
        final IOException e = assertThrows(IOException.class, () -> store.fetch(NAME, FetchProgress.SILENT));
        assertTrue(e.getMessage().startsWith(mine.toString()), e.getMessage());
        assertEquals("mine", Files.readString(mine));
        assertEquals(FileState.Kind.WRONG, store.verify(NAME).get(1).kind());
        assertThrows(IOException.class, () -> store.load(NAME));
    }

    @Test
    void shouldCallATruncatedGzipWrong() throws Exception {
        final byte[] zipped = IdxFileTest.gzip(contents.get(IdxImages.TRAIN_IMAGES));
        final Path file = Files.createDirectories(folder.resolve(NAME)).resolve("train-images-idx3-ubyte.gz");
        Files.write(file, Arrays.copyOf(zipped, zipped.length - 9));
        assertEquals(
                FileState.Kind.WRONG,
                store(this::bringAll).verify(NAME).getFirst().kind());
    }

    @Test
    void shouldTakeAnInstalledPackageWithoutAskingItsClient() throws Exception {
        final Path installed = folder.resolve("system");
        bringAll(tiny, Files.createDirectories(installed.resolve("usr/share/tiny")), FetchProgress.SILENT);
        final DataStore store = store(new PackageSource(installed));
        assertTrue(store.fetch(NAME, FetchProgress.SILENT).stream().allMatch(FileState::verified));
    }

    @Test
    void shouldReadAFolderWithoutChecksums() throws Exception {
        contents.get(IdxImages.TEST_LABELS)[8] = 5;
        bringAll(tiny, folder, FetchProgress.SILENT);
        final DataSet set = DataSet.read(folder);
        assertEquals(6, set.classes(), "as many as the labels name");
        assertEquals(3, set.train().size());
        Files.delete(folder.resolve(IdxImages.TRAIN_IMAGES));
        final IOException e = assertThrows(IOException.class, () -> DataSet.read(folder));
        assertTrue(e.getMessage().contains("it would hold all of: train-images-idx3-ubyte,"), e.getMessage());
    }

    @Test
    void shouldFetchOnceWhenManyFetch() throws Exception {
        final DataStore store = store(this::bringAll);
        try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
            final Callable<List<FileState>> fetch = () -> store.fetch(NAME, FetchProgress.SILENT);
            for (final Future<List<FileState>> done : pool.invokeAll(List.of(fetch, fetch, fetch, fetch))) {
                assertTrue(done.get().stream().allMatch(FileState::verified));
            }
        }
        final Path labels = folder.resolve(NAME).resolve(IdxImages.TEST_LABELS);
        assertArrayEquals(contents.get(IdxImages.TEST_LABELS), Files.readAllBytes(labels));
    }

    private DataStore store(final DataSource... sources) {
        return new DataStore(folder, List.of(sources), new DataCatalog(List.of(tiny)));
    }

    private void bringAll(final DataDescription description, final Path into, final FetchProgress progress)
            throws IOException {
        for (final Map.Entry<String, byte[]> file : contents.entrySet()) {
            Files.write(into.resolve(file.getKey()), file.getValue());
        }
    }

    private static void mustNotBeAsked(final DataDescription d, final Path into, final FetchProgress p) {
        throw new AssertionError("everything is there already");
    }

    private static byte[] idx(final int elements, final int... dimensions) {
        final ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * dimensions.length + elements);
        bytes.putInt(0x0800 | dimensions.length);
        for (final int dimension : dimensions) {
            bytes.putInt(dimension);
        }
        for (int i = 0; i < elements; i++) {
            bytes.put((byte) i);
        }
        return bytes.array();
    }
}
