package io.engram.node;

import com.typesafe.config.Config;
import io.engram.health.Crashes;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.dispatch.DispatcherPrerequisites;
import org.apache.pekko.dispatch.ExecutorServiceConfigurator;
import org.apache.pekko.dispatch.ExecutorServiceFactory;
import org.apache.pekko.dispatch.ForkJoinExecutorConfigurator;
import org.apache.pekko.dispatch.MonitorableThreadFactory;

/**
 * Pekko's own executor with another handler of what its threads throw: Pekko would end the process where memory is exhausted before anybody
 * could say why.
 */
public final class ReportingExecutor extends ExecutorServiceConfigurator {
    private final ForkJoinExecutorConfigurator pekkos;

    /** Called by Pekko, with a dispatcher's settings. */
    public ReportingExecutor(Config config, DispatcherPrerequisites prerequisites) {
        super(config, prerequisites);
        pekkos = new ForkJoinExecutorConfigurator(config.getConfig("fork-join-executor"), prerequisites);
    }

    @Override
    public ExecutorServiceFactory createExecutorServiceFactory(String id, ThreadFactory threads) {
        return pekkos.createExecutorServiceFactory(
                id,
                threads instanceof MonitorableThreadFactory own
                        ? new MonitorableThreadFactory(
                                own.name(),
                                own.daemonic(),
                                own.contextClassLoader(),
                                Crashes::ofThread,
                                new AtomicLong())
                        : threads);
    }
}
