package io.engram.journal.tck;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.pekko.persistence.CapabilityFlag;
import org.apache.pekko.persistence.japi.journal.JavaJournalSpec;
import org.apache.pekko.persistence.japi.snapshot.JavaSnapshotStoreSpec;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class CompatibilityTest {
    /** All of the kit's tests for journals, those for optional abilities included. */
    private static final int JOURNAL_TESTS = 17;

    /** All of the kit's tests for snapshot stores, those for optional abilities included. */
    private static final int SNAPSHOT_STORE_TESTS = 13;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @TestFactory
    Stream<DynamicTest> theJournalIsAsPekkoExpects() {
        return ScalaTests.of(new JournalSuite(config(folder)), JOURNAL_TESTS);
    }

    @TestFactory
    Stream<DynamicTest> theSnapshotStoreIsAsPekkoExpects() {
        return ScalaTests.of(new SnapshotStoreSuite(config(folder)), SNAPSHOT_STORE_TESTS);
    }

    private static Config config(Path folder) {
        // The kit's events are plain classes, and its snapshot tests ask for snapshots that pruning would have removed.
        return ConfigFactory.parseString("""
            pekko.persistence.journal.plugin = "engram.journal"
            pekko.persistence.snapshot-store.plugin = "engram.snapshot-store"
            pekko.fail-mixed-versions = off
            pekko.actor.allow-java-serialization = on
            pekko.actor.warn-about-java-serializer-usage = off
            engram.journal.dir = "%s"
            engram.journal.min-free = 0
            engram.snapshot-store.dir = "%s"
            engram.snapshot-store.keep-generations = 0
            """.formatted(folder.resolve("log"), folder.resolve("snapshots")));
    }

    /** The kit's journal suite, with everything optional on. */
    private static final class JournalSuite extends JavaJournalSpec {
        JournalSuite(Config config) {
            super(config);
        }

        @Override
        public CapabilityFlag supportsRejectingNonSerializableObjects() {
            return CapabilityFlag.on();
        }

        @Override
        public CapabilityFlag supportsSerialization() {
            return CapabilityFlag.on();
        }

        @Override
        public CapabilityFlag supportsMetadata() {
            return CapabilityFlag.on();
        }
    }

    /** The kit's snapshot store suite, with everything optional on. */
    private static final class SnapshotStoreSuite extends JavaSnapshotStoreSpec {
        SnapshotStoreSuite(Config config) {
            super(config);
        }

        @Override
        public CapabilityFlag supportsSerialization() {
            return CapabilityFlag.on();
        }

        @Override
        public CapabilityFlag supportsMetadata() {
            return CapabilityFlag.on();
        }
    }
}
