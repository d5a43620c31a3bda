package io.engram.catalog;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * One version of the catalog, whole. Of the documents that are ever proposed for one version at most one is chosen, and each
 * one that is chosen has all the chosen ones before it as ancestors.
 *
 * <p>A document that names other voters than those that decide about it is <em>closing</em>: once it is chosen nothing else
 * can be chosen in its generation, and it <em>founds</em> the next one, in which the voters that it names decide.
 *
 * @param id which document it is; two documents with the same id are the same document
 * @param version counts from 1
 * @param parent the document from which it was made; absent for the one that founded the cluster
 * @param closing whether it names other voters than those of the generation in which it was proposed
 * @param voters who decides once it is chosen; sorted
 * @param edits which edits it holds
 * @param body what it says
 */
public record Document(
        DocumentId id,
        long version,
        Optional<DocumentId> parent,
        boolean closing,
        List<Incarnation> voters,
        EditLedger edits,
        CatalogBody body) {
    public Document {
        voters = List.copyOf(voters);
        if (version < 1 || parent.isEmpty() != (version == 1)) {
            throw new IllegalArgumentException("version %d with parent %s".formatted(version, parent));
        }
        checkVoters(voters);
    }

    /** @throws IllegalArgumentException unless there are one to five of them, none twice, in order */
    static void checkVoters(List<Incarnation> voters) {
        CatalogLimits.atMost("voters", voters.size(), CatalogLimits.VOTERS);
        if (voters.isEmpty()
                || new HashSet<>(voters).size() != voters.size()
                || !voters.equals(voters.stream().sorted().toList())) {
            throw new IllegalArgumentException("not a set of voters: " + voters);
        }
    }

    /** Whether it ends this generation once it is chosen in it. The document that founded the generation does not. */
    public boolean closes(Generation generation) {
        return closing && id.generation() == generation.number();
    }

    /** How many of {@code voters} make a majority. */
    static int majority(int voters) {
        return voters / 2 + 1;
    }

    /** How many of its voters make a majority. */
    public int majority() {
        return majority(voters.size());
    }

    /** The id says it all. */
    @Override
    public int hashCode() {
        return id.hashCode();
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || other instanceof Document document
                        && id.equals(document.id)
                        && version == document.version
                        && parent.equals(document.parent)
                        && closing == document.closing
                        && voters.equals(document.voters)
                        && edits.equals(document.edits)
                        && body.equals(document.body);
    }

    @Override
    public String toString() {
        return "v%d %s%s".formatted(version, id, closing ? " closing for " + voters : "");
    }
}
