package io.engram.conventions;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.lang.annotation.Annotation;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.NullMarked;

/** The rooms of the house and the rules between them. A room is a package below {@code io.engram}. */
final class Rooms {
    private static final String BASE = "io.engram.";

    /** What each room may know of the others. A room that is not listed here is refused. */
    static final Map<String, Set<String>> MAY_KNOW = Map.ofEntries(
            Map.entry("memory", Set.of()),
            Map.entry("health", Set.of()),
            Map.entry("config", Set.of()),
            Map.entry("disk", Set.of()),
            Map.entry("trace", Set.of()),
            Map.entry("log", Set.of("health", "disk")),
            Map.entry("catalog", Set.of()),
            Map.entry("replication", Set.of("log")),
            Map.entry("snapshot", Set.of("disk")),
            Map.entry("journal", Set.of("log", "snapshot", "trace")),
            Map.entry("peer", Set.of("trace")),
            Map.entry("shard", Set.of("log", "replication", "peer")),
            Map.entry("embedding", Set.of("memory", "health")),
            Map.entry("space", Set.of("memory", "embedding", "health", "snapshot", "trace")),
            Map.entry(
                    "cluster",
                    Set.of(
                            "memory",
                            "health",
                            "log",
                            "journal",
                            "space",
                            "catalog",
                            "replication",
                            "peer",
                            "shard",
                            "trace")),
            Map.entry(
                    "node",
                    Set.of(
                            "memory",
                            "embedding",
                            "health",
                            "config",
                            "disk",
                            "log",
                            "journal",
                            "space",
                            "peer",
                            "trace",
                            "cluster")),
            Map.entry("http", Set.of("memory", "health", "config", "space", "node", "cluster", "trace")),
            Map.entry("grpc", Set.of("memory", "health", "config", "space", "node", "peer", "cluster", "trace")),
            Map.entry(
                    "cli",
                    Set.of(
                            "memory",
                            "embedding",
                            "health",
                            "config",
                            "log",
                            "space",
                            "node",
                            "peer",
                            "cluster",
                            "replication",
                            "trace",
                            "http",
                            "grpc")),
            Map.entry("bench", Set.of("memory", "embedding", "log", "space", "node")));

    /** The rooms that compute and do nothing else, so that a replica, a restart and a simulation do the same. */
    private static final String[] PURE = {
        "io.engram.memory..", "io.engram.log.format..", "io.engram.catalog..", "io.engram.replication.."
    };

    private static final Set<String> CLOCK_READINGS = Set.of(
            "java.lang.System.nanoTime",
            "java.lang.System.currentTimeMillis",
            "java.time.Instant.now",
            "java.time.LocalDate.now",
            "java.time.LocalDateTime.now",
            "java.time.ZonedDateTime.now",
            "java.time.OffsetDateTime.now",
            "java.time.Clock.systemUTC",
            "java.time.Clock.systemDefaultZone",
            "java.time.InstantSource.system");

    private Rooms() {}

    /** The room of a class of ours, if it is one. */
    static Optional<String> roomOf(JavaClass type) {
        var name = type.getPackageName();
        if (!name.startsWith(BASE)) {
            return Optional.empty();
        }
        var rest = name.substring(BASE.length());
        var dot = rest.indexOf('.');
        var room = dot < 0 ? rest : rest.substring(0, dot);
        return Optional.of(room);
    }

    /** Every dependency between rooms is one that {@link #MAY_KNOW} allows. */
    static ArchRule dependenciesPointDownwards() {
        return ArchRuleDefinition.classes()
                .that(describe("live in a room", type -> roomOf(type).isPresent()))
                .should(new ArchCondition<>("know only the rooms below") {
                    @Override
                    public void check(JavaClass type, ConditionEvents events) {
                        var room = roomOf(type).orElseThrow();
                        var allowed = MAY_KNOW.get(room);
                        if (allowed == null) {
                            events.add(SimpleConditionEvent.violated(type, type.getName() + " is in no known room"));
                            return;
                        }
                        for (var dependency : type.getDirectDependenciesFromSelf()) {
                            roomOf(dependency.getTargetClass())
                                    .filter(other -> !other.equals(room) && !allowed.contains(other))
                                    .ifPresent(_ -> events.add(
                                            SimpleConditionEvent.violated(type, dependency.getDescription())));
                        }
                    }
                });
    }

    /** Pure rooms compute: no actors, no files, no sockets, no threads, no serialization. */
    static ArchRule pureRoomsOnlyCompute() {
        return noClasses()
                .that()
                .resideInAnyPackage(PURE)
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                                "org.apache.pekko..",
                                "scala..",
                                "java.io..",
                                "java.nio.channels..",
                                "java.nio.file..",
                                "java.net..",
                                "java.sql..",
                                "com.fasterxml..",
                                "org.slf4j..",
                                "ch.qos..",
                                "io.micrometer..")
                        .and(not(describe(
                                "exceptions and serialization markers that every value has", Rooms::isHarmlessIoType)))
                        .or(concurrency()));
    }

    /** The compiler mentions some types of java.io in the methods that it makes for records and enumerations. */
    private static boolean isHarmlessIoType(JavaClass type) {
        return Set.of("java.io.Serializable", "java.io.UncheckedIOException", "java.io.IOException")
                .contains(type.getName());
    }

    private static DescribedPredicate<JavaClass> concurrency() {
        return describe("threads and executors", type -> {
            var name = type.getName();
            return name.equals("java.lang.Thread")
                    || name.equals("java.util.Timer")
                    || name.startsWith("java.util.concurrent.")
                            && (name.contains("Executor")
                                    || name.contains("Future")
                                    || name.contains("ForkJoin")
                                    || name.contains("BlockingQueue")
                                    || name.contains("Semaphore")
                                    || name.contains("Latch"));
        });
    }

    /** Time comes in as an argument, so that replay, replicas and tests agree. */
    static ArchRule pureRoomsReadNoClock() {
        return noClasses()
                .that()
                .resideInAnyPackage(PURE)
                .should()
                .accessTargetWhere(describe("a clock is read", Rooms::readsClock));
    }

    private static boolean readsClock(JavaAccess<?> access) {
        return CLOCK_READINGS.contains(
                access.getTargetOwner().getName() + "." + access.getTarget().getName());
    }

    /** Logs and snapshots are plain Java; only the plugins above them speak Pekko. */
    static ArchRule theLogStoreKnowsNoPekko() {
        return noClasses()
                .that()
                .resideInAnyPackage("io.engram.log..", "io.engram.snapshot..")
                .should()
                .dependOnClassesThat(resideInAnyPackage("org.apache.pekko..", "scala..", "com.typesafe.."));
    }

    /** The protocol of replication says what is to be written; the store is somebody else's. */
    static ArchRule theProtocolKnowsOnlyTheFormatOfLogs() {
        return noClasses()
                .that()
                .resideInAPackage("io.engram.replication..")
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("io.engram.log..").and(not(resideInAnyPackage("io.engram.log.format.."))));
    }

    /** The domain is served through doors of which it knows nothing. */
    static ArchRule theDomainKnowsNoDoor() {
        return noClasses()
                .that()
                .resideInAnyPackage(
                        "io.engram.memory..",
                        "io.engram.embedding..",
                        "io.engram.health..",
                        "io.engram.config..",
                        "io.engram.log..",
                        "io.engram.catalog..",
                        "io.engram.replication..",
                        "io.engram.snapshot..",
                        "io.engram.journal..",
                        "io.engram.space..",
                        "io.engram.node..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.apache.pekko.http..",
                        "org.apache.pekko.grpc..",
                        "io.grpc..",
                        "com.google.protobuf..",
                        "picocli..");
    }

    /** What a node has to say goes to its log. Only commands print. */
    static ArchRule onlyCommandsPrint() {
        return noClasses()
                .that(not(resideInAnyPackage("io.engram.cli..", "io.engram.bench..")))
                .should()
                .accessTargetWhere(describe(
                        "System.out, System.err or printStackTrace",
                        access -> (access.getTargetOwner().getName().equals("java.lang.System")
                                        && Set.of("out", "err")
                                                .contains(access.getTarget().getName()))
                                || access.getTarget().getName().equals("printStackTrace")));
    }

    /** Only what silences another library's log may know that one. */
    static ArchRule loggingGoesThroughSlf4j() {
        return noClasses()
                .that(not(nameMatching("io\\.engram\\.trace\\.otlp\\.LibraryLog")))
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                        "java.util.logging..", "org.apache.log4j..", "org.apache.commons.logging.."));
    }

    /** Where tracing is off nothing of the library that records spans is loaded. */
    static ArchRule onlyTheExportKnowsTheTracingLibrary() {
        return noClasses()
                .that(not(resideInAnyPackage("io.engram.trace.otlp..")))
                .should()
                .dependOnClassesThat(resideInAnyPackage("io.opentelemetry.."));
    }

    /** What a class needs comes through its constructor. */
    static ArchRule nothingIsInjectedIntoFields() {
        return fields().should(new ArchCondition<>("carry no annotation that injects") {
            @Override
            public void check(JavaField field, ConditionEvents events) {
                for (var annotation : field.getAnnotations()) {
                    var name = annotation.getRawType().getName();
                    if (List.of("Inject", "Autowired", "Resource")
                            .contains(annotation.getRawType().getSimpleName())) {
                        events.add(SimpleConditionEvent.violated(field, field.getFullName() + " carries " + name));
                    }
                }
            }
        });
    }

    /** Every package says that its references are not null unless it says otherwise. */
    static ArchRule packagesAreNullMarked() {
        return ArchRuleDefinition.classes()
                .that(describe("are not generated", type -> !isGenerated(type)))
                .should(new ArchCondition<>("live in a package marked @NullMarked") {
                    private final Map<String, Boolean> known = new HashMap<>();

                    @Override
                    public void check(JavaClass type, ConditionEvents events) {
                        if (!known.computeIfAbsent(type.getPackageName(), _ -> isMarked(type))) {
                            events.add(SimpleConditionEvent.violated(type, type.getPackageName() + " is not marked"));
                        }
                    }
                });
    }

    private static boolean isMarked(JavaClass type) {
        return has(type, NullMarked.class);
    }

    private static boolean has(JavaClass type, Class<? extends Annotation> annotation) {
        return type.getPackage().isAnnotatedWith(annotation);
    }

    /** Protocol buffers generate classes without such marks. */
    private static boolean isGenerated(JavaClass type) {
        return type.getPackageName().equals("io.engram.grpc.v1")
                || type.getPackageName().equals("io.engram.grpc.cluster.v1")
                || type.getPackageName().equals("io.engram.grpc.health.v1");
    }

    /** All rules by name. */
    static Map<String, ArchRule> all() {
        return Map.ofEntries(
                Map.entry("dependencies point downwards", dependenciesPointDownwards()),
                Map.entry("pure rooms only compute", pureRoomsOnlyCompute()),
                Map.entry("pure rooms read no clock", pureRoomsReadNoClock()),
                Map.entry("the protocol knows only the format of logs", theProtocolKnowsOnlyTheFormatOfLogs()),
                Map.entry("the log store knows no Pekko", theLogStoreKnowsNoPekko()),
                Map.entry("the domain knows no door", theDomainKnowsNoDoor()),
                Map.entry("only commands print", onlyCommandsPrint()),
                Map.entry("logging goes through SLF4J", loggingGoesThroughSlf4j()),
                Map.entry("nothing is injected into fields", nothingIsInjectedIntoFields()),
                Map.entry("only the export knows the tracing library", onlyTheExportKnowsTheTracingLibrary()),
                Map.entry("packages are null-marked", packagesAreNullMarked()));
    }

    /** How many classes of each room are among {@code classes}. */
    static Map<String, Long> population(JavaClasses classes) {
        var counts = new HashMap<String, Long>();
        classes.forEach(type -> roomOf(type).ifPresent(room -> counts.merge(room, 1L, Long::sum)));
        return counts;
    }
}
