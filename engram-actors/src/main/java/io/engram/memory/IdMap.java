package io.engram.memory;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An immutable map from ids to small numbers: a hash array mapped trie (Bagwell 2001) of up to seven levels with a list
 * of pairs below, where whole hash codes collide. A change copies the path to one leaf. The ids of an image stay in a
 * table of their own below the trie; where one of those is taken out, the trie says so.
 */
final class IdMap {
    private static final int BITS = 5;
    private static final int HASH_BITS = 32;
    private static final Branch NOTHING = new Branch(0, new Object[0]);
    static final IdMap EMPTY = new IdMap(NOTHING, null);
    static final int ABSENT = -1;

    private final Branch root;
    private final @Nullable StoredIds stored;

    private IdMap(Branch root, @Nullable StoredIds stored) {
        this.root = root;
        this.stored = stored;
    }

    static IdMap of(StoredIds stored) {
        return new IdMap(NOTHING, stored);
    }

    /** A node with a child, which is a Branch, a Leaf or a Leaf[], for each bit that is set. */
    private record Branch(int bitmap, Object[] children) {}

    private record Leaf(String id, int value) {}

    /** The number of {@code id}, or {@link #ABSENT}. */
    int get(String id) {
        int hash = hash(id);
        Leaf leaf = find(id, hash);
        if (leaf != null) {
            return leaf.value;
        }
        return stored == null ? ABSENT : stored.get(id, hash);
    }

    private @Nullable Leaf find(String id, int hash) {
        Branch branch = root;
        for (int shift = 0; ; shift += BITS) {
            int bit = bit(hash, shift);
            if ((branch.bitmap & bit) == 0) {
                return null;
            }
            Object child = branch.children[index(branch, bit)];
            if (child instanceof Branch next) {
                branch = next;
            } else if (child instanceof Leaf leaf) {
                return leaf.id.equals(id) ? leaf : null;
            } else {
                for (Leaf leaf : (Leaf[]) child) {
                    if (leaf.id.equals(id)) {
                        return leaf;
                    }
                }
                return null;
            }
        }
    }

    IdMap with(String id, int value) {
        return new IdMap(put(root, 0, hash(id), new Leaf(id, value)), stored);
    }

    IdMap without(String id) {
        int hash = hash(id);
        if (get(id) == ABSENT) {
            return this;
        }
        boolean covers = stored != null && stored.get(id, hash) != ABSENT;
        return new IdMap(covers ? put(root, 0, hash, new Leaf(id, ABSENT)) : remove(root, 0, hash, id), stored);
    }

    private static Branch put(Branch branch, int shift, int hash, Leaf leaf) {
        int bit = bit(hash, shift);
        int at = index(branch, bit);
        if ((branch.bitmap & bit) == 0) {
            Object[] children = new Object[branch.children.length + 1];
            System.arraycopy(branch.children, 0, children, 0, at);
            children[at] = leaf;
            System.arraycopy(branch.children, at, children, at + 1, branch.children.length - at);
            return new Branch(branch.bitmap | bit, children);
        }
        Object[] children = branch.children.clone();
        children[at] = merged(children[at], shift + BITS, hash, leaf);
        return new Branch(branch.bitmap, children);
    }

    private static Object merged(Object child, int shift, int hash, Leaf leaf) {
        if (child instanceof Branch branch) {
            return put(branch, shift, hash, leaf);
        }
        if (child instanceof Leaf other) {
            if (other.id.equals(leaf.id)) {
                return leaf;
            }
            if (shift >= HASH_BITS) {
                return new Leaf[] {other, leaf};
            }
            Branch branch = put(new Branch(0, new Object[0]), shift, hash(other.id), other);
            return put(branch, shift, hash, leaf);
        }
        Leaf[] leaves = (Leaf[]) child;
        for (int i = 0; i < leaves.length; i++) {
            if (leaves[i].id.equals(leaf.id)) {
                Leaf[] copy = leaves.clone();
                copy[i] = leaf;
                return copy;
            }
        }
        Leaf[] copy = Arrays.copyOf(leaves, leaves.length + 1);
        copy[leaves.length] = leaf;
        return copy;
    }

    /** The id is known to be there. */
    private static Branch remove(Branch branch, int shift, int hash, String id) {
        int bit = bit(hash, shift);
        int at = index(branch, bit);
        Object child = branch.children[at];
        if (child instanceof Branch next) {
            Branch left = remove(next, shift + BITS, hash, id);
            if (left.bitmap != 0) {
                return replaced(branch, at, left);
            }
        } else if (child instanceof Leaf[] leaves) {
            Leaf[] kept = Arrays.stream(leaves).filter(l -> !l.id.equals(id)).toArray(Leaf[]::new);
            return replaced(branch, at, kept.length == 1 ? kept[0] : kept);
        }
        Object[] children = new Object[branch.children.length - 1];
        System.arraycopy(branch.children, 0, children, 0, at);
        System.arraycopy(branch.children, at + 1, children, at, children.length - at);
        return new Branch(branch.bitmap & ~bit, children);
    }

    private static Branch replaced(Branch branch, int at, Object child) {
        Object[] children = branch.children.clone();
        children[at] = child;
        return new Branch(branch.bitmap, children);
    }

    /** Of an id; part of the format of images. */
    static int hash(String id) {
        int h = id.hashCode() * 0x9E3779B9;
        return h ^ (h >>> 15);
    }

    private static int bit(int hash, int shift) {
        return 1 << ((hash >>> shift) & 31);
    }

    private static int index(Branch branch, int bit) {
        return Integer.bitCount(branch.bitmap & (bit - 1));
    }
}
