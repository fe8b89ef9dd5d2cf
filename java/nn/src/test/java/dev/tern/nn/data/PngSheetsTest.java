package dev.tern.nn.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.nn.data.DataDescription.Client;
import dev.tern.nn.data.DataDescription.PackagedCopy;
import dev.tern.nn.data.DataDescription.Packing;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A package of sheets with two images each, fetched into the original's batches. */
class PngSheetsTest {
    private static final int IMAGES = 2;
    private static final Path INSIDE = Path.of("usr/share/sheets");

    @TempDir
    private Path folder;

    private final Map<String, byte[]> batches = new LinkedHashMap<>();
    private Path sheets;

    @BeforeEach
    void pack() throws IOException {
        sheets = Files.createDirectories(folder.resolve("system").resolve(INSIDE));
        for (final String file : DataFormat.CIFAR.files()) {
            batches.put(file, CifarBatchTest.records(IMAGES, batches.size()));
            write(batches.get(file), sheets.resolve(file.replace(".bin", ".png")), BufferedImage.TYPE_3BYTE_BGR);
        }
        writeLabels("train_lables.json", DataFormat.CIFAR.files().subList(0, 5));
        writeLabels("test_lables.json", DataFormat.CIFAR.files().subList(5, 6));
    }

    private void writeLabels(final String file, final List<String> of) throws IOException {
        final List<Integer> labels = of.stream()
                .flatMapToInt(
                        batch -> IntStream.range(0, IMAGES).map(i -> batches.get(batch)[i * CifarBatch.RECORD_BYTES]))
                .boxed()
                .toList();
        Files.writeString(sheets.resolve(file), labels.toString());
    }

    private static void write(final byte[] records, final Path sheet, final int type) throws IOException {
        final BufferedImage image = new BufferedImage(1024, IMAGES, type);
        for (int row = 0; row < IMAGES; row++) {
            for (int i = 0; i < 1024; i++) {
                final int at = row * CifarBatch.RECORD_BYTES + 1 + i;
                final int red = records[at] & 0xff;
                final int green = records[at + 1024] & 0xff;
                final int blue = records[at + 2048] & 0xff;
                image.setRGB(i, row, 0xff << 24 | red << 16 | green << 8 | blue);
            }
        }
        assertTrue(ImageIO.write(image, "png", sheet.toFile()));
    }

    @Test
    void shouldBecomeTheOriginalBatches() throws Exception {
        final DataStore store = store();
        assertTrue(store.fetch("sheets", FetchProgress.SILENT).stream().allMatch(FileState::verified));
        for (final Map.Entry<String, byte[]> batch : batches.entrySet()) {
            final Path file = folder.resolve("data/sheets").resolve(batch.getKey());
            assertArrayEquals(batch.getValue(), Files.readAllBytes(file), batch.getKey());
        }
        final DataSet set = store.load("sheets");
        assertEquals(5 * IMAGES, set.train().size());
        assertEquals(IMAGES, set.test().size());
    }

    @Test
    void shouldBeReadWithTransparencyToo() throws Exception {
        write(batches.get("test_batch.bin"), sheets.resolve("test_batch.png"), BufferedImage.TYPE_4BYTE_ABGR);
        assertTrue(store().fetch("sheets", FetchProgress.SILENT).stream().allMatch(FileState::verified));
    }

    @Test
    void shouldBeRefusedWhereAnImageDiffers() throws Exception {
        final byte[] changed = batches.get("data_batch_3.bin").clone();
        changed[100] ^= 1;
        write(changed, sheets.resolve("data_batch_3.png"), BufferedImage.TYPE_3BYTE_BGR);
        assertTrue(refusal().contains("data_batch_3.bin: sha256"), refusal());
        assertFalse(Files.exists(folder.resolve("data/sheets/data_batch_3.bin")));
    }

    @Test
    void shouldNameTheSheetThatIsBroken() throws Exception {
        final Path sheet = sheets.resolve("data_batch_2.png");
        final byte[] whole = Files.readAllBytes(sheet);
        Files.write(sheet, Arrays.copyOf(whole, whole.length / 2));
        assertTrue(refusal().contains("data_batch_2.png"), refusal());
        Files.writeString(sheet, "no image");
        assertTrue(refusal().contains("data_batch_2.png: no PNG"), refusal());
        ImageIO.write(new BufferedImage(9, 2, BufferedImage.TYPE_3BYTE_BGR), "png", sheet.toFile());
        assertTrue(refusal().contains("data_batch_2.png: rows of 9 pixels"), refusal());
    }

    @Test
    void shouldMissLabels() throws Exception {
        Files.writeString(sheets.resolve("train_lables.json"), "[1, 2, 3]");
        assertTrue(refusal().contains("data_batch_2.png: 2 images, 1 labels left"), refusal());
    }

    private String refusal() throws Exception {
        final DataStore store = store();
        return assertThrows(IOException.class, () -> store.fetch("sheets", FetchProgress.SILENT))
                .getSuppressed()[0]
                .getMessage();
    }

    private DataStore store() throws Exception {
        final Map<String, String> hashes = new LinkedHashMap<>();
        for (final Map.Entry<String, byte[]> batch : batches.entrySet()) {
            final byte[] hash = MessageDigest.getInstance("SHA-256").digest(batch.getValue());
            hashes.put(batch.getKey(), HexFormat.of().formatHex(hash));
        }
        final DataDescription description = new DataDescription(
                "sheets",
                "a test",
                10,
                DataFormat.CIFAR,
                hashes,
                List.of(),
                new PackagedCopy(Client.APT, "sheets", INSIDE, Packing.PNG_SHEETS));
        return new DataStore(
                folder.resolve("data"),
                List.of(new PackageSource(folder.resolve("system"))),
                new DataCatalog(List.of(description)));
    }
}
