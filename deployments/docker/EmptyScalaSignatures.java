import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * Empties what Scala's compiler notes for itself in the annotations {@code ScalaSignature} and {@code ScalaLongSignature} of
 * each class of jars: packed bytes that only a compiler reads. The annotations stay, so that whoever asks whether a class
 * is Scala's gets the same answer. Only texts of the constant pool change, and what else is in a class counts places in it.
 *
 * <p>Run by {@code java EmptyScalaSignatures.java JAR...}; entries are written uncompressed, with their times.
 */
public final class EmptyScalaSignatures {
    private static final Set<String> NAMES =
            Set.of("Lscala/reflect/ScalaSignature;", "Lscala/reflect/ScalaLongSignature;");

    private final byte[][] constants;
    private final Set<Integer> texts = new TreeSet<>();

    private EmptyScalaSignatures(int count) {
        this.constants = new byte[count][];
    }

    public static void main(String[] jars) throws IOException {
        for (var each : jars) {
            var jar = Path.of(each);
            var out = new ByteArrayOutputStream();
            try (var from = new ZipInputStream(new ByteArrayInputStream(Files.readAllBytes(jar)));
                    var to = new ZipOutputStream(out)) {
                for (var entry = from.getNextEntry(); entry != null; entry = from.getNextEntry()) {
                    var content = from.readAllBytes();
                    if (entry.getName().endsWith(".class")) {
                        content = emptied(content);
                    }
                    put(to, entry, content);
                }
            }
            Files.write(jar, out.toByteArray());
        }
    }

    private static void put(ZipOutputStream to, ZipEntry like, byte[] content) throws IOException {
        var sum = new CRC32();
        sum.update(content);
        var entry = new ZipEntry(like.getName());
        entry.setTime(like.getTime());
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(sum.getValue());
        to.putNextEntry(entry);
        to.write(content);
        to.closeEntry();
    }

    private static byte[] emptied(byte[] file) throws IOException {
        var in = new DataInputStream(new ByteArrayInputStream(file));
        in.skipNBytes(8);
        int count = in.readUnsignedShort();
        var self = new EmptyScalaSignatures(count);
        self.readConstants(in);
        int rest = file.length - in.available();
        in.skipNBytes(6);
        in.skipNBytes(2L * in.readUnsignedShort());
        for (int kind = 0; kind < 2; kind++) { // Fields, then methods.
            for (int n = in.readUnsignedShort(); n > 0; n--) {
                in.skipNBytes(6);
                for (int attributes = in.readUnsignedShort(); attributes > 0; attributes--) {
                    in.skipNBytes(2);
                    in.skipNBytes(in.readInt());
                }
            }
        }
        for (int attributes = in.readUnsignedShort(); attributes > 0; attributes--) {
            var name = self.text(in.readUnsignedShort());
            var body = in.readNBytes(in.readInt());
            if (name.equals("RuntimeVisibleAnnotations")) {
                self.readAnnotations(new DataInputStream(new ByteArrayInputStream(body)));
            }
        }
        return self.texts.isEmpty() ? file : self.write(file, count, rest);
    }

    /** Keeps each constant's bytes, its kind included. */
    private void readConstants(DataInputStream in) throws IOException {
        for (int i = 1; i < constants.length; i++) {
            int kind = in.readUnsignedByte();
            int length = switch (kind) {
                case 1 -> in.readUnsignedShort();
                case 7, 8, 16, 19, 20 -> 2;
                case 15 -> 3;
                case 3, 4, 9, 10, 11, 12, 17, 18 -> 4;
                case 5, 6 -> 8;
                default -> throw new IOException("there is no constant of kind " + kind);
            };
            var bytes = new byte[length + 1];
            bytes[0] = (byte) kind;
            in.readFully(bytes, 1, length);
            constants[i] = bytes;
            if (kind == 5 || kind == 6) {
                i++; // These take two places.
            }
        }
    }

    private String text(int constant) throws IOException {
        var bytes = constants[constant];
        if (bytes == null || bytes[0] != 1) {
            throw new IOException("constant " + constant + " is no text");
        }
        return new String(bytes, 1, bytes.length - 1, java.nio.charset.StandardCharsets.UTF_8);
    }

    private void readAnnotations(DataInputStream in) throws IOException {
        for (int n = in.readUnsignedShort(); n > 0; n--) {
            readAnnotation(in);
        }
    }

    private void readAnnotation(DataInputStream in) throws IOException {
        boolean scala = NAMES.contains(text(in.readUnsignedShort()));
        for (int n = in.readUnsignedShort(); n > 0; n--) {
            in.skipNBytes(2);
            readValue(in, scala);
        }
    }

    private void readValue(DataInputStream in, boolean scala) throws IOException {
        switch (in.readUnsignedByte()) {
            case 's' -> {
                int constant = in.readUnsignedShort();
                if (scala) {
                    texts.add(constant);
                }
            }
            case 'e' -> in.skipNBytes(4);
            case '@' -> readAnnotation(in);
            case '[' -> {
                for (int n = in.readUnsignedShort(); n > 0; n--) {
                    readValue(in, scala);
                }
            }
            default -> in.skipNBytes(2);
        }
    }

    private byte[] write(byte[] file, int count, int rest) throws IOException {
        var bytes = new ByteArrayOutputStream(file.length);
        var out = new DataOutputStream(bytes);
        out.write(file, 0, 8);
        out.writeShort(count);
        for (int i = 1; i < count; i++) {
            var constant = constants[i];
            if (constant == null) {
                continue;
            }
            out.write(constant[0]);
            if (constant[0] == 1) {
                int length = texts.contains(i) ? 0 : constant.length - 1;
                out.writeShort(length);
                out.write(constant, 1, length);
            } else {
                out.write(constant, 1, constant.length - 1);
            }
        }
        out.write(file, rest, file.length - rest);
        return bytes.toByteArray();
    }
}
