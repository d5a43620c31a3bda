package io.engram.journal;

import com.typesafe.config.Config;
import io.engram.log.LogStore;
import io.engram.log.LogStoreSettings;
import io.engram.snapshot.SnapshotArchive;
import io.engram.snapshot.SnapshotTidying;
import io.engram.snapshot.WarmState;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.apache.pekko.Done;
import org.apache.pekko.actor.AbstractExtensionId;
import org.apache.pekko.actor.ClassicActorSystemProvider;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.Extension;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log and the snapshots of an actor system. The first to ask opens them, by {@link JournalSetup} or the settings
 * under {@code engram.journal}; coordinated shutdown closes them before the system terminates.
 *
 * <p>When the log fails, the actor system is shut down (unless {@code engram.journal.stop-on-failure} is off): the truth
 * is then what the disk says at the next start.
 */
public final class JournalRuntime implements Extension, JournalMaintenance {
    private static final Logger LOG = LoggerFactory.getLogger(JournalRuntime.class);

    private final LogStore store;
    private final EventLogs logs;
    private final SnapshotArchive snapshots;
    private final SnapshotReports reports;
    private final SnapshotTidying tidying;
    private final BackgroundSaves saves;
    private final SnapshotLoads loads;
    private final EngramJournal.PayloadCodec codec;
    private final Executor blockingExecutor;
    private volatile @Nullable WarmCopies warmCopies;

    private JournalRuntime(
            LogStore store,
            EventLogs logs,
            SnapshotArchive snapshots,
            SnapshotReports reports,
            SnapshotTidying tidying,
            SnapshotLoads loads,
            EngramJournal.PayloadCodec codec,
            Executor blockingExecutor) {
        this.store = store;
        this.logs = logs;
        this.snapshots = snapshots;
        this.reports = reports;
        this.tidying = tidying;
        this.loads = loads;
        this.codec = codec;
        this.saves = new BackgroundSaves(blockingExecutor);
        this.blockingExecutor = blockingExecutor;
    }

    /**
     * The actor system's own.
     *
     * @throws LogInUseException if another node holds the folder
     * @throws LogOpenException if the log cannot be opened
     */
    public static JournalRuntime get(ClassicActorSystemProvider system) {
        return Id.INSTANCE.get(system);
    }

    /** The node's logs. */
    public LogStore store() {
        return store;
    }

    EventLogs logs() {
        return logs;
    }

    /** The means to remove what a persistence id holds. */
    public JournalMaintenance maintenance() {
        return this;
    }

    /**
     * The logs of which a damaged snapshot was met, when it was to be loaded or was read back, and no newer one was saved
     * since, with what is wrong; for health. They work if an older snapshot and the log could take its place.
     */
    public Map<String, String> damagedSnapshots() {
        return reports.damagedLogs();
    }

    SnapshotArchive snapshots() {
        return snapshots;
    }

    /** The snapshots of the logs, for other nodes. */
    public SnapshotShelf shelf() {
        return new SnapshotShelf(store, snapshots, tidying, reports, saves);
    }

    /**
     * Begins to keep warm what {@link WarmCopies#committed} tells of; once.
     *
     * @param budgetBytes for all of them; 0 for none
     * @param idle after so long without anything new a copy cools down
     */
    public WarmCopies keepWarm(WarmState.Kind kind, long budgetBytes, Duration idle, MeterRegistry meters) {
        var copies = new WarmCopies(store, snapshots, loads, codec, kind, budgetBytes, idle, meters);
        warmCopies = copies;
        return copies;
    }

    Optional<WarmCopies> warmCopies() {
        return Optional.ofNullable(warmCopies);
    }

    EngramJournal.PayloadCodec codec() {
        return codec;
    }

    SnapshotLoads loads() {
        return loads;
    }

    SnapshotTidying tidying() {
        return tidying;
    }

    SnapshotReports snapshotReports() {
        return reports;
    }

    BackgroundSaves saves() {
        return saves;
    }

    @Override
    public CompletionStage<Void> drop(String persistenceId) {
        // The log first: without its snapshot it would be a log with a hole at its beginning. The last snapshot may
        // still be
        // on its way; a small one would then begin the log anew.
        return store.drop(persistenceId)
                .thenCompose(dropped -> saves.settle(persistenceId))
                .thenCompose(settled -> store.drop(persistenceId))
                .thenRunAsync(
                        () -> {
                            reports.forget(persistenceId);
                            try {
                                snapshots.deleteAll(persistenceId);
                            } catch (IOException e) {
                                throw new CompletionException(e);
                            }
                        },
                        blockingExecutor);
    }

    /** Pekko's key of the extension. */
    public static final class Id extends AbstractExtensionId<JournalRuntime> {
        static final Id INSTANCE = new Id();

        private Id() {}

        @Override
        public JournalRuntime createExtension(ExtendedActorSystem system) {
            var config = system.settings().config();
            var setup = Optional.ofNullable(
                    system.settings().setup().get(JournalSetup.class).orElse(null));
            var given = setup.flatMap(JournalSetup::store);
            MeterRegistry meters = setup.map(JournalSetup::meters).orElse(Metrics.globalRegistry);
            var store = given.orElseGet(() -> LogStore.open(settings(config.getConfig("engram.journal")), meters));
            var snapshots = new SnapshotArchive(
                    Path.of(config.getString("engram.snapshot-store.dir")), SnapshotBindings.cells(store));
            try {
                snapshots.removeTemporaries();
            } catch (IOException e) {
                LOG.warn("What is half written among the snapshots could not be removed.", e);
            }
            if (given.isEmpty()) {
                closeAtShutdown(system, store);
            }
            if (config.getBoolean("engram.journal.stop-on-failure")) {
                store.failed().thenAcceptAsync(reason -> {
                    // Whoever runs the node says so, once; this is for systems that nobody else watches.
                    LOG.warn("The log has failed; the actor system stops: {}", reason.getMessage());
                    CoordinatedShutdown.get(system).run(LogFailed.REASON);
                });
            }
            var reports = new SnapshotReports(meters);
            store.alsoScrub(new SnapshotScrub(snapshots, reports));
            var logs = setup.flatMap(JournalSetup::logs).orElseGet(() -> EventLogs.of(store));
            var snapshotStore = config.getConfig("engram.snapshot-store");
            var codec = new EngramJournal.PayloadCodec(system);
            var decoders = SnapshotDecoders.load(
                    snapshotStore.getStringList("decoders"), getClass().getClassLoader());
            return new JournalRuntime(
                    store,
                    logs,
                    snapshots,
                    reports,
                    tidying(snapshotStore, store, logs, snapshots, reports),
                    new SnapshotLoads(store, logs, snapshots, reports, codec, decoders),
                    codec,
                    system.dispatchers().lookup("engram.snapshot-store.io-dispatcher"));
        }

        private static SnapshotTidying tidying(
                Config config, LogStore store, EventLogs logs, SnapshotArchive snapshots, SnapshotReports reports) {
            return new SnapshotTidying(
                    snapshots,
                    config.getInt("keep-generations"),
                    config.getDuration("history"),
                    SnapshotBindings.prefix(store, logs),
                    SnapshotBindings.history(store),
                    reports);
        }

        private static void closeAtShutdown(ExtendedActorSystem system, LogStore store) {
            CoordinatedShutdown.get(system)
                    .addTask(
                            CoordinatedShutdown.PhaseBeforeActorSystemTerminate(),
                            "close-log",
                            () -> CompletableFuture.supplyAsync(() -> {
                                store.close();
                                return Done.getInstance();
                            }));
            // A system that ends without coordinated shutdown; closing again does nothing.
            system.registerOnTermination(store::close);
        }
    }

    /** Why the node stops. */
    public static final class LogFailed implements CoordinatedShutdown.Reason {
        /** The one instance, to compare {@code CoordinatedShutdown.shutdownReason()} with. */
        public static final LogFailed REASON = new LogFailed();

        private LogFailed() {}

        @Override
        public String toString() {
            return "the log failed";
        }
    }

    static LogStoreSettings settings(Config config) {
        var folder = Path.of(config.getString("dir"));
        var nativeFolder = config.getString("native-dir");
        return new LogStoreSettings(
                folder,
                nativeFolder.isEmpty() ? Optional.empty() : Optional.of(Path.of(nativeFolder)),
                Math.toIntExact(config.getBytes("write-buffer")),
                config.getInt("max-batch-records"),
                Math.toIntExact(config.getBytes("max-batch-bytes")),
                config.getInt("max-queue-records"),
                config.getBytes("max-queue-bytes"),
                config.getBytes("min-free"),
                config.getBytes("compact-after"),
                config.getDuration("scrub-period"),
                config.getBytes("scrub-rate"),
                config.getBoolean("sync"));
    }
}
