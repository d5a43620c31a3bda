package io.engram.cli;

import io.engram.health.Recovery;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells how far a start is until it is over: the service manager every second, and the log every ten. Quick starts say nothing. */
final class StartProgress implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StartProgress.class);
    private static final int LOOKS_A_RECORD = 10;

    private final ServiceManager manager;
    private final CountDownLatch over = new CountDownLatch(1);
    private boolean isClosed;

    StartProgress(ServiceManager manager) {
        this.manager = manager;
    }

    /** Begins to tell; once. */
    void begin(Recovery recovery) {
        Thread.ofVirtual().name("engram-start-progress").start(() -> {
            try {
                for (int looks = 1; !over.await(1, TimeUnit.SECONDS) && !recovery.isOver(); looks++) {
                    tell(recovery.state().text(), looks % LOOKS_A_RECORD == 0);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private synchronized void tell(String text, boolean isForTheLog) {
        if (isClosed) {
            return;
        }
        manager.status(text);
        if (isForTheLog) {
            LOG.info("starting: {}", text);
        }
    }

    /** Nothing is told after this, so that what the service manager hears next stays. */
    @Override
    public synchronized void close() {
        isClosed = true;
        over.countDown();
    }
}
