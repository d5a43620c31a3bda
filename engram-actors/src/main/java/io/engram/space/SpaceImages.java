package io.engram.space;

import io.engram.memory.EngineImage;
import io.engram.memory.EngineSettings;
import io.engram.memory.Link;
import io.engram.memory.image.DamagedImageException;
import io.engram.memory.image.ImageReader;
import io.engram.memory.image.ImageSink;
import io.engram.memory.image.ImageSource;
import io.engram.memory.image.ImageWriter;
import io.engram.memory.image.Packer;
import io.engram.memory.image.Unpacker;
import io.engram.snapshot.Position;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A space's state as bytes and back. An image (see {@link ImageWriter}) of these sections: one of the space, as many of
 * answers as there are pages of them, and those of the engine. A form that was ever written is read for ever; a fixture
 * of each holds that promise.
 */
final class SpaceImages {
    static final String MANIFEST = "space-snapshot/2";

    private static final int FORMAT = 2;
    private static final int SPACE = 1;
    private static final int ANSWERS = 2;
    private static final int PAGE_BYTES = 256 << 10;

    private static final int REMEMBERED = 0;
    private static final int SUPPRESSED = 1;
    private static final int DELETED = 2;
    private static final int LEAST_ANSWER_BYTES = 16;
    private static final int LEAST_LINK_BYTES = 6;

    private SpaceImages() {}

    static void write(SpaceImage image, Position position, ImageSink sink) throws IOException {
        ImageWriter out = new ImageWriter(sink);
        Packer packer = new Packer();
        packer.putInt(FORMAT);
        packer.putLong(position.index());
        packer.putLong(position.epoch());
        packer.putLong(position.checksum());
        packer.putLong(image.incarnation());
        packer.putTime(image.lastTime());
        packer.putInt(image.answers().size());
        packer.putInt(image.engine().size());
        out.begin(SPACE, packer.size());
        out.putBytes(packer.array(), 0, packer.size());
        out.end();
        writeAnswers(image.answers(), out);
        image.engine().write(out);
        out.finish();
    }

    private static void writeAnswers(List<KeptAnswers.Answer> answers, ImageWriter out) throws IOException {
        Packer packer = new Packer();
        int count = 0;
        for (int i = 0; i < answers.size(); i++) {
            pack(answers.get(i), packer);
            count++;
            if (packer.size() >= PAGE_BYTES || i == answers.size() - 1) {
                out.begin(ANSWERS, 4 + packer.size());
                out.putInt(count);
                out.putBytes(packer.array(), 0, packer.size());
                out.end();
                packer.clear();
                count = 0;
            }
        }
    }

    /**
     * @throws DamagedImageException if it is not what was written, or stands elsewhere in the log than {@code position}
     *     says; a position of index 0 is not compared
     */
    static RestoredSpace read(Position position, ImageSource source) throws IOException {
        try {
            ImageReader in = new ImageReader(source);
            in.expect(SPACE);
            Unpacker head = rest(in);
            int format = head.getInt();
            if (format != FORMAT) {
                throw new DamagedImageException("its format is " + format + ", which this version does not know");
            }
            Position written = new Position(head.getLong(), head.getLong(), head.getLong());
            if (position.index() != 0 && !position.equals(written)) {
                throw new DamagedImageException("it is of " + written + " and stands where " + position + " belongs");
            }
            long incarnation = head.getLong();
            Instant lastTime = head.getTime();
            int answerCount = head.getInt();
            int memories = head.getInt();
            List<KeptAnswers.Answer> answers = readAnswers(in, answerCount);
            var engine = EngineImage.read(in, EngineSettings.DEFAULT);
            if (!head.isAtEnd() || engine.image().size() != memories || in.next() != -1) {
                throw new DamagedImageException("its parts do not belong together");
            }
            return new RestoredSpace(incarnation, lastTime, engine, answers);
        } catch (IllegalArgumentException | IndexOutOfBoundsException | ArithmeticException | DateTimeException e) {
            var damage = new DamagedImageException("it cannot be read: " + e.getMessage());
            damage.initCause(e);
            throw damage;
        }
    }

    private static List<KeptAnswers.Answer> readAnswers(ImageReader in, int count) throws IOException {
        List<KeptAnswers.Answer> answers = new ArrayList<>();
        while (answers.size() < count) {
            in.expect(ANSWERS);
            int some = in.getCount(LEAST_ANSWER_BYTES);
            Unpacker page = rest(in);
            for (int i = 0; i < some; i++) {
                answers.add(unpack(page));
            }
            if (some == 0 || !page.isAtEnd() || answers.size() > count) {
                throw new DamagedImageException("it has other answers than it says");
            }
        }
        return answers;
    }

    /** What is left of the section, which has been checked. */
    private static Unpacker rest(ImageReader in) throws IOException {
        byte[] bytes = in.getBytes(Math.toIntExact(in.left()));
        in.end();
        return new Unpacker(bytes, 0, bytes.length);
    }

    /**
     * Kind (1: 0 remembered, 1 suppressed, 2 deleted), key (text), fingerprint (text), at (time), memory's id (text). Of
     * what was remembered also: version (count), confidence (4), observed at (time), stored at (time), whether it is a
     * duplicate (1) and then of which memory (text), links (count; of each: target (text), similarity (4), reason (text)).
     */
    private static void pack(KeptAnswers.Answer answer, Packer out) {
        switch (answer) {
            case KeptAnswers.Answer.Forgotten a -> {
                out.putByte(
                        switch (a.receipt().mode()) {
                            case SUPPRESS -> SUPPRESSED;
                            case DELETE -> DELETED;
                        });
                packCommon(answer, a.receipt().id(), out);
            }
            case KeptAnswers.Answer.Remembered a -> {
                RememberReceipt receipt = a.receipt();
                out.putByte(REMEMBERED);
                packCommon(answer, receipt.id(), out);
                out.putCount(receipt.version() & 0xFFFF_FFFFL);
                out.putFloat(receipt.confidence());
                out.putTime(receipt.observedAt());
                out.putTime(receipt.storedAt());
                out.putByte(receipt.duplicateOf().isPresent() ? 1 : 0);
                receipt.duplicateOf().ifPresent(out::putText);
                out.putCount(receipt.links().size());
                for (Link link : receipt.links()) {
                    out.putText(link.targetId());
                    out.putFloat(link.similarity());
                    out.putText(link.reason());
                }
            }
        }
    }

    private static void packCommon(KeptAnswers.Answer answer, String id, Packer out) {
        out.putText(answer.request().key());
        out.putText(answer.request().fingerprint());
        out.putTime(answer.at());
        out.putText(id);
    }

    private static KeptAnswers.Answer unpack(Unpacker in) {
        int kind = in.getByte();
        var request = new SpaceEvent.RequestKey(in.getText(), in.getText());
        Instant at = in.getTime();
        String id = in.getText();
        return switch (kind) {
            case REMEMBERED -> new KeptAnswers.Answer.Remembered(request, receipt(id, in), at);
            case SUPPRESSED -> forgotten(request, id, ForgetRequest.Mode.SUPPRESS, at);
            case DELETED -> forgotten(request, id, ForgetRequest.Mode.DELETE, at);
            default -> throw new IllegalArgumentException("an answer of the unknown kind " + kind);
        };
    }

    private static KeptAnswers.Answer forgotten(
            SpaceEvent.RequestKey request, String id, ForgetRequest.Mode mode, Instant at) {
        return new KeptAnswers.Answer.Forgotten(request, new ForgetReceipt(id, mode, at, false), at);
    }

    private static RememberReceipt receipt(String id, Unpacker in) {
        int version = (int) in.getNumber();
        float confidence = in.getFloat();
        Instant observedAt = in.getTime();
        Instant storedAt = in.getTime();
        Optional<String> duplicateOf = in.getByte() != 0 ? Optional.of(in.getText()) : Optional.empty();
        int count = in.getCount(LEAST_LINK_BYTES);
        List<Link> links = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            links.add(new Link(in.getText(), in.getFloat(), in.getText()));
        }
        return new RememberReceipt(id, version, confidence, observedAt, storedAt, false, duplicateOf, links);
    }
}
