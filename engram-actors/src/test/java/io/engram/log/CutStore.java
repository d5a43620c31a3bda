package io.engram.log;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/**
 * A database in memory on a disk whose power is cut: a forced write, and a compaction, make everything durable that was
 * written before; of what was written since, a cut keeps a seeded number of whole writes, the oldest.
 */
final class CutStore implements OrderedStore {
    /** What survives cuts: the disk. */
    static final class Disk {
        private final TreeMap<byte[], byte[]> durable = new TreeMap<>(Arrays::compareUnsigned);
    }

    /** Thrown by everything after the cut. */
    static final class PowerIsOff extends RuntimeException {
        private static final long serialVersionUID = 1L;

        PowerIsOff() {
            super("the power is off", null, false, false);
        }
    }

    private final Disk disk;
    private final boolean heedsForces;
    private final TreeMap<byte[], byte[]> visible = new TreeMap<>(Arrays::compareUnsigned);
    private final List<ListBatch> notForced = new ArrayList<>();
    private int writesUntilCut = Integer.MAX_VALUE;
    private Random cutBy = new Random(0);
    private boolean off;

    /** @param heedsForces whether a force makes durable; a disk that lies is for the trial of the tester */
    CutStore(Disk disk, boolean heedsForces) {
        this.disk = disk;
        this.heedsForces = heedsForces;
        visible.putAll(disk.durable);
    }

    /** Lets the power go in the middle of one of the next writes. */
    synchronized void cutWithin(int writes, long seed) {
        cutBy = new Random(seed);
        writesUntilCut = 1 + cutBy.nextInt(writes);
    }

    /** Cuts the power now. */
    synchronized void cut(long seed) {
        if (!off) {
            cutBy = new Random(seed);
            powerOff();
        }
    }

    private void powerOff() {
        off = true;
        var survives = cutBy.nextInt(notForced.size() + 1);
        notForced.subList(0, survives).forEach(batch -> apply(disk.durable, batch));
        notForced.clear();
    }

    private void checkPower() {
        if (off) {
            throw new PowerIsOff();
        }
    }

    @Override
    public Batch newBatch() {
        return new ListBatch();
    }

    @Override
    public void reopen() {
        throw new UnsupportedOperationException("power comes back with another store on the same disk");
    }

    @Override
    public synchronized void write(Batch given, boolean force) {
        checkPower();
        var batch = (ListBatch) given;
        apply(visible, batch);
        notForced.add(batch);
        if (--writesUntilCut == 0) {
            // In the middle of it: whether it survived is for the dice to say, and nobody hears of it.
            powerOff();
            throw new PowerIsOff();
        }
        if (force && heedsForces) {
            makeDurable();
        }
    }

    private void makeDurable() {
        notForced.forEach(batch -> apply(disk.durable, batch));
        notForced.clear();
    }

    private static void apply(TreeMap<byte[], byte[]> entries, ListBatch batch) {
        for (var change : batch.changes()) {
            var value = change.value();
            if (value == null) {
                entries.remove(change.key());
            } else {
                entries.put(change.key(), value);
            }
        }
    }

    @Override
    public synchronized Optional<byte[]> get(byte[] key) {
        checkPower();
        return Optional.ofNullable(visible.get(key));
    }

    @Override
    public void scan(byte[] from, byte[] to, Visitor visitor) {
        TreeMap<byte[], byte[]> snapshot;
        synchronized (this) {
            checkPower();
            snapshot = new TreeMap<>(visible.subMap(from, to));
        }
        for (var entry : snapshot.entrySet()) {
            if (!visitor.visit(entry.getKey(), entry.getValue())) {
                return;
            }
        }
    }

    @Override
    public synchronized Optional<byte[]> lastKeyBefore(byte[] key) {
        checkPower();
        return Optional.ofNullable(visible.lowerKey(key));
    }

    @Override
    public long approximateBytes(byte[] from, byte[] to) {
        return 0;
    }

    @Override
    public synchronized void compact(byte[] from, byte[] to) {
        checkPower();
        if (heedsForces) {
            makeDurable();
        }
    }

    @Override
    public void close() {}
}
