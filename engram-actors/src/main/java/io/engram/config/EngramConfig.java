package io.engram.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Every setting of a node, checked and typed. What each one means, its unit, its allowed values and why its default is
 * what it is, stands in {@code conf/default.toml}, which is also the only place where the defaults are. A component's
 * name in snake case is the setting's name.
 */
public record EngramConfig(
        FeatureFlags featureFlags,
        Server server,
        MemorySpaces memorySpaces,
        Persistence persistence,
        Limits limits,
        Embedding embedding,
        Retrieval retrieval,
        Logging logging,
        Tracing tracing,
        Cluster cluster,
        Router router,
        Security security) {

    /** Switches for what is not settled yet. */
    public record FeatureFlags(boolean spreadingApiBeta) {}

    /** From where the node may be shut down over HTTP. */
    public enum ShutdownFrom {
        LOOPBACK,
        ANYWHERE
    }

    /** The doors. */
    public record Server(
            @Alias("ENGRAM_HTTP_BIND") @Form(pattern = Form.HOST, says = Form.HOST_SAYS)
            String httpBind,

            @Alias("ENGRAM_HTTP_PORT") @Within(min = "0", max = "65535")
            int httpPort,

            @Alias("ENGRAM_GRPC_BIND") @Form(pattern = Form.HOST, says = Form.HOST_SAYS)
            Optional<String> grpcBind,

            @Alias("ENGRAM_GRPC_PORT") @Within(min = "0", max = "65535")
            int grpcPort,

            @Within(min = "1KiB", max = "256MiB") int maxBodyBytes,
            @Within(min = "1", max = "1000000") int requestsInFlight,
            @Within(min = "1", max = "1000000") int connectionsMax,

            @Within(min = "100ms", max = "10m") Duration requestTimeout,

            @Within(min = "1s", max = "28s") Duration shutdownTimeout,

            ShutdownFrom shutdownFrom) {
        /** The interface of the gRPC door: its own, else that of the HTTP door. */
        public String grpcHost() {
            return grpcBind.orElse(httpBind);
        }
    }

    /** The tenants. */
    public record MemorySpaces(
            @Form(pattern = Form.SPACE_ID, says = Form.SPACE_ID_SAYS)
            String defaultSpace,

            @Form(pattern = Form.SPACE_ID, says = Form.SPACE_ID_SAYS)
            List<String> bootstrapSpaces,

            @Within(min = "1s", max = "7d") Duration idleTimeout,

            @Within(min = "1", max = "1000000") int maxOpen) {}

    /** What is on disk. */
    public record Persistence(
            @Alias("ENGRAM_DATA_DIR") Path dataRoot,

            @Within(min = "10", max = "10000000") int snapshotEvery,

            @Within(min = "0s", max = "3650d") Duration history,

            @Within(min = "1MiB", max = "1GiB") int writeBufferBytes,

            @Within(min = "1", max = "100000") int maxBatchRecords,

            @Within(min = "64KiB", max = "256MiB") int maxBatchBytes,

            @Within(min = "1MiB", max = "1GiB") int queueBytes,

            @Within(min = "0", max = "1GiB") int minFreeBytes,

            @Within(min = "0", max = "65536GiB") long warnFreeBytes,

            @Within(min = "0s", max = "365d") Duration scrubPeriod,

            @Within(min = "64KiB", max = "16GiB") long scrubRate,

            Optional<Path> nativeDir,

            @Within(min = "1000", max = "10000000") int hotCapacity,

            @Within(min = "10000", max = "100000000") int warmCapacity,

            @Within(min = "100000", max = "1000000000") int coldCapacity) {}

    /** What one request, one space and the node may ask for. */
    public record Limits(
            @Within(min = "1", max = "64MiB") int contentBytes,

            @Within(min = "1", max = "65536") int vectorDimensions,

            @Within(min = "1", max = "100000") int bulkItems,

            @Within(min = "1", max = "1000000") int writesInFlightPerSpace,

            @Within(min = "1", max = "1000000") int writesInFlight,

            @Within(min = "1", max = "1000000") int readsInFlight,

            @Within(min = "0", max = "1024") int readThreads,

            @Within(min = "1", max = "100000") int pageSizeMax,

            @Within(min = "1m", max = "30d") Duration idempotencyWindow,

            @Within(min = "1", max = "10000000") int idempotencyKeysPerSpace) {}

    /** With what text is turned into vectors. */
    public enum EmbeddingProvider {
        ONNX,
        STATIC,
        NONE
    }

    /** The model. */
    public record Embedding(
            EmbeddingProvider provider,

            @Within(min = "1", max = "64") int threads,

            @Within(min = "1", max = "1000000") int queue,

            @Within(min = "1", max = "1000000") int cueQueue,

            @Within(min = "1", max = "1000000") int inFlightPerSpace,

            @Alias("ENGRAM_CACHE_SIZE_MB") @Within(min = "0", max = "65536")
            int cacheSizeMb) {}

    /** How the lexical and the vector ranking become one. */
    public enum FusionMethod {
        WEIGHTED,
        RRF
    }

    /** How memories are found. */
    public record Retrieval(FusionMethod fusion) {}

    /** The form of log records. */
    public enum LogFormat {
        AUTO,
        TEXT,
        JSON
    }

    /** The log for people and collectors. */
    public record Logging(
            @Alias({"ENGRAM_LOG", "RUST_LOG"}) LogLevels level,
            LogFormat format,

            @Alias({"ENGRAM_BACKTRACE", "RUST_BACKTRACE"}) Backtrace backtrace,

            Optional<Path> heapDumpDir) {}

    /** How much of the stack a crash report shows. */
    public enum Backtrace {
        NONE,
        SHORT,
        FULL
    }

    /** Where requests spend their time, one by one, for a collector of OpenTelemetry. */
    public record Tracing(
            boolean enabled,

            @Alias({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"})
            String endpoint,

            @Within(min = "0", max = "1") double sampleRatio,

            @Alias("OTEL_SERVICE_NAME") String serviceName,

            @Within(min = "1", max = "1000000") int queueSpans,

            @Within(min = "1", max = "100000") int batchSpans,

            @Within(min = "10ms", max = "1m") Duration exportInterval,

            @Within(min = "10ms", max = "1m") Duration exportTimeout) {}

    /** Several nodes. */
    public record Cluster(
            boolean enabled,

            @Alias("ENGRAM_NODE_ID") @Form(pattern = Form.NODE_ID, says = Form.NODE_ID_SAYS)
            Optional<String> nodeId,

            Optional<String> rack,
            Optional<String> zone,

            @Within(min = "0", max = "1000") int bootstrapExpect,

            @Within(min = "10ms", max = "1h") Duration maxClockSkew,

            Discovery discovery,
            Swim swim,
            Replication replication,
            Network network,
            Partition partition) {}

    /** How nodes find each other. */
    public enum DiscoveryType {
        STATIC,
        DNS,
        KUBERNETES,
        CONSUL
    }

    /** The first contact of a node. */
    public record Discovery(
            DiscoveryType type,

            @Alias("ENGRAM_CLUSTER_SEEDS") @Form(pattern = Form.HOST_PORT, says = Form.HOST_PORT_SAYS)
            List<String> seedNodes,

            Optional<String> service,

            @Within(min = "0", max = "65535") int port,

            @Within(min = "1s", max = "1d") Duration refreshInterval,

            Optional<String> kubernetesNamespace,
            Optional<String> kubernetesSelector,
            Optional<String> addr,
            Optional<String> serviceName,
            Optional<String> tag) {}

    /** Failure detection. */
    public record Swim(
            @Within(min = "10ms", max = "1m") Duration pingInterval,

            @Within(min = "10ms", max = "1m") Duration ackTimeout,

            @Within(min = "10ms", max = "10m") Duration suspicionTimeout,

            @Within(min = "0", max = "100") int indirectProbes,

            @Within(min = "1", max = "1000") int gossipBatch) {}

    /** Which nodes are preferred for replicas. */
    public enum PlacementPolicy {
        RANDOM,
        @Wire("rackaware")
        RACK_AWARE,
        @Wire("zoneaware")
        ZONE_AWARE
    }

    /** How many copies of a write must be on disk before it is acknowledged. */
    public enum Acknowledge {
        QUORUM,
        ALL
    }

    /** How replicated batches are packed. */
    public enum Compression {
        NONE,
        LZ4,
        ZSTD
    }

    /** Copies on other nodes. */
    public record Replication(
            @Within(min = "0", max = "15") int factor,

            Acknowledge acknowledge,

            @Within(min = "10ms", max = "10m") Duration timeout,

            @Within(min = "1s", max = "1d") Duration replicaGone,

            PlacementPolicy placement,

            @Within(min = "1", max = "1048576") int jumpBuckets,

            @Within(min = "0", max = "1") double rackPenalty,

            @Within(min = "0", max = "1") double zonePenalty,

            @Within(min = "1ms", max = "1d") Duration lagThreshold,

            @Within(min = "128KiB", max = "256MiB") int catchUpBatchBytes,

            Compression compression,

            @Within(min = "0", max = "1024GiB") long warmCopiesBytes,

            boolean ioUringEnabled) {}

    /** Addresses between nodes. */
    public record Network(
            @Form(pattern = Form.HOST_PORT, says = Form.HOST_PORT_SAYS)
            String swimBind,

            @Form(pattern = Form.HOST_PORT, says = Form.HOST_PORT_SAYS)
            String apiBind,

            @Alias("ENGRAM_CLUSTER_ADVERTISE_ADDR")
            @Form(pattern = Form.HOST_MAYBE_PORT, says = Form.HOST_MAYBE_PORT_SAYS)
            Optional<String> advertiseAddr,

            @Alias("ENGRAM_POD_IP") @Form(pattern = Form.HOST, says = Form.HOST_SAYS)
            Optional<String> podIp,

            @Within(min = "64KiB", max = "256MiB") int maxMessageSize,

            @Within(min = "1", max = "1024") int connectionPoolSize) {}

    /** When a node counts as cut off. */
    public record Partition(
            @Within(min = "0", max = "1") double majorityThreshold,

            @Within(min = "100ms", max = "1h") Duration detectionWindow,

            @Within(min = "1s", max = "1h") Duration checkInterval) {}

    /** Which node answers a read. */
    public enum ReadStrategy {
        PRIMARY_ONLY,
        NEAREST_REPLICA,
        SCATTER_GATHER
    }

    /** Requests from node to node. */
    public record Router(
            @Within(min = "1", max = "1024") int connectionPoolSize,

            @Within(min = "1", max = "600000") int requestTimeoutMs,

            @Within(min = "0", max = "100") int maxRetries,

            @Within(min = "1", max = "600000") int retryBaseDelayMs,

            @Within(min = "1", max = "600000") int retryMaxDelayMs,

            @Within(min = "1", max = "100000") int circuitBreakerFailureThreshold,

            @Within(min = "1", max = "3600000") int circuitBreakerResetMs,

            boolean replicaFallbackEnabled,

            @Within(min = "0", max = "1000000000") int replicaFallbackLagSequences,

            ReadStrategy defaultReadStrategy) {}

    /** Who may come in. */
    public enum AuthMode {
        NONE,
        API_KEY
    }

    /** Authentication; not there yet. */
    public record Security(
            @Alias("ENGRAM_AUTH_MODE") AuthMode authMode,
            @Alias("ENGRAM_RATE_LIMIT") boolean rateLimiting,
            ApiKeys apiKeys,
            Cors cors) {}

    /** Where keys are kept. */
    public enum KeyBackend {
        FILE
    }

    /** The clients' keys. */
    public record ApiKeys(
            KeyBackend backend,
            @Alias("ENGRAM_API_KEY_PATH") Path storagePath,

            @Within(min = "1", max = "3650") int rotationDays,

            @Within(min = "0", max = "3650") int warnBeforeExpiryDays) {}

    /** Web pages of other origins. */
    public record Cors(
            List<String> allowedOrigins,
            List<String> allowedMethods,

            @Within(min = "0", max = "86400") int maxAgeSeconds) {}
}
