package io.engram.cli;

import io.engram.config.EngramConfig;
import java.nio.file.Path;

/** What a configuration that is valid should still have or not have, by what the node is for. */
final class DeploymentAdvice {
    /** What a node is for. */
    enum Deployment {
        DEV,
        STAGING,
        PRODUCTION
    }

    private final EngramConfig config;
    private final Deployment deployment;
    private final Findings findings;

    private DeploymentAdvice(EngramConfig config, Deployment deployment, Findings findings) {
        this.config = config;
        this.deployment = deployment;
        this.findings = findings;
    }

    static void give(EngramConfig config, Deployment deployment, Findings findings) {
        var advice = new DeploymentAdvice(config, deployment, findings);
        advice.aboutDoors();
        advice.aboutData();
        advice.aboutLogs();
        advice.aboutCluster();
    }

    /** An error in production, worth a warning before. */
    private void must(boolean isGood, String good, String bad) {
        if (isGood) {
            findings.pass(good);
        } else if (deployment == Deployment.PRODUCTION) {
            findings.error(bad);
        } else if (deployment == Deployment.STAGING) {
            findings.warn(bad);
        } else {
            findings.info(bad);
        }
    }

    /** Worth a warning, also in production: there may be reasons. */
    private void should(boolean isGood, String good, String bad) {
        if (isGood) {
            findings.pass(good);
        } else if (deployment == Deployment.DEV) {
            findings.info(bad);
        } else {
            findings.warn(bad);
        }
    }

    private static boolean isLoopback(String host) {
        return host.startsWith("127.") || host.equals("::1") || host.equals("localhost");
    }

    private void aboutDoors() {
        var server = config.server();
        should(
                isLoopback(server.httpBind()) && isLoopback(server.grpcHost()),
                "the doors are open for this machine alone",
                "server.http_bind or server.grpc_bind opens a door beyond this machine, and there is no"
                        + " authentication: let only those reach it who may read and write everything");
        must(
                server.shutdownFrom() == EngramConfig.ShutdownFrom.LOOPBACK,
                "only this machine can shut the node down over HTTP",
                "server.shutdown_from = \"anywhere\" lets whoever reaches the HTTP door stop the node; set it to"
                        + " \"loopback\"");
    }

    private void aboutData() {
        var persistence = config.persistence();
        var data = persistence.dataRoot();
        must(
                !isTemporary(data),
                "the data folder is " + data,
                "persistence.data_root is " + data + ", which may be emptied at a restart; choose a folder that lasts");
        must(
                persistence.minFreeBytes() > 0,
                "writes stop before the disk is full",
                "persistence.min_free_bytes = 0 lets the disk fill up, after which the node may end; leave room for a"
                        + " dozen write buffers");
        should(
                persistence.warnFreeBytes() > persistence.minFreeBytes(),
                "there is a warning before writes stop",
                "persistence.warn_free_bytes is not more than persistence.min_free_bytes: nobody is warned before"
                        + " writes stop");
        should(
                !persistence.scrubPeriod().isZero(),
                "what is on disk is read back to find damage",
                "persistence.scrub_period = \"0s\": damage on the disk is found only when somebody needs what is"
                        + " damaged");
    }

    private static boolean isTemporary(Path folder) {
        return folder.startsWith("/tmp") || folder.startsWith("/var/tmp") || folder.startsWith("/dev/shm");
    }

    private void aboutLogs() {
        var logging = config.logging();
        var isLoud = switch (logging.level().root()) {
            case DEBUG, TRACE -> true;
            case OFF, ERROR, WARN, INFO -> false;
        };
        var isMute = switch (logging.level().root()) {
            case OFF, ERROR -> true;
            case WARN, INFO, DEBUG, TRACE -> false;
        };
        should(!isLoud, "the log is not in detail", "logging.level logs in detail, which costs time and fills disks");
        should(
                !isMute,
                "the log has what an operator needs",
                "logging.level leaves out warnings, such as that of a disk that fills up");
        should(
                logging.backtrace() == EngramConfig.Backtrace.FULL,
                "a crash report has its whole stack",
                "logging.backtrace is not \"full\": a crash report will lack what is needed to find the cause");
    }

    private void aboutCluster() {
        var cluster = config.cluster();
        if (!cluster.enabled()) {
            findings.info("one node with one copy of everything: what its disk loses is lost; see conf/cluster.toml for"
                    + " several");
            return;
        }
        should(
                cluster.replication().factor() >= 2,
                "each space has %d copies".formatted(cluster.replication().factor() + 1),
                "cluster.replication.factor = %d: with less than 2 a write cannot be acknowledged while a node is away"
                        .formatted(cluster.replication().factor()));
        if (cluster.replication().acknowledge() == EngramConfig.Acknowledge.ALL) {
            findings.info("cluster.replication.acknowledge = \"all\": one slow node holds up all writes");
        }
        var network = cluster.network();
        should(
                network.advertiseAddr().isPresent()
                        || network.podIp().isPresent()
                        || !network.swimBind().startsWith("0.0.0.0"),
                "other nodes are told an address that was chosen",
                "cluster.network.advertise_addr is not set and swim_bind is a wildcard: other nodes are told what this"
                    + " machine seems to be called; set it, or ENGRAM_CLUSTER_ADVERTISE_ADDR, to an address that they"
                    + " reach");
        should(
                cluster.nodeId().isPresent(),
                "the node's name is configured",
                "cluster.node_id is not set: the node is called as its host is, which must never change");
    }
}
