package io.engram.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.log.format.LogPoint;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ChoiceTest {
    private static final ReplicaId A = new ReplicaId("a");
    private static final ReplicaId B = new ReplicaId("b");
    private static final ReplicaId C = new ReplicaId("c");
    private static final LogName X = new LogName("x", 1);
    private static final LogName Y = new LogName("y", 2);

    private static SealAnswer answer(ReplicaId from, long adopted, long directory, long x, long y) {
        var tails = new TreeMap<LogName, LogPoint>();
        tails.put(LogName.DIRECTORY, point(directory));
        if (directory >= 1) {
            tails.put(X, point(x));
        }
        if (directory >= 2) {
            tails.put(Y, point(y));
        }
        return new SealAnswer(from, adopted, true, tails);
    }

    private static LogPoint point(long index) {
        return index == 0 ? LogPoint.START : new LogPoint(index, 1, index, 31 * index);
    }

    private static TreeMap<LogName, Target> choose(SealAnswer... answers) {
        return Choice.choose(List.of(answers), A, Rules.STRICT);
    }

    @Test
    void theLongestOfEachLogWinsWhoeverHasIt() {
        var start = choose(answer(A, 3, 2, 5, 9), answer(B, 3, 2, 7, 4));
        assertThat(start.get(X)).isEqualTo(new Target(X, point(7), B));
        assertThat(start.get(Y)).isEqualTo(new Target(Y, point(9), A));
    }

    @Test
    void onlyTheHighestAdoptedEpochHasASay() {
        var start = choose(answer(A, 3, 2, 50, 90), answer(B, 4, 2, 1, 2), answer(C, 4, 2, 2, 1));
        assertThat(start.get(X)).isEqualTo(new Target(X, point(2), C));
        assertThat(start.get(Y)).isEqualTo(new Target(Y, point(2), B));
    }

    @Test
    void theLongestDirectorySaysWhichLogsThereAre() {
        var start = choose(answer(A, 3, 1, 8, 0), answer(B, 3, 2, 5, 0));
        assertThat(start.keySet()).containsExactly(LogName.DIRECTORY, X, Y);
        assertThat(start.get(LogName.DIRECTORY)).isEqualTo(new Target(LogName.DIRECTORY, point(2), B));
        assertThat(start.get(X)).isEqualTo(new Target(X, point(8), A));
        assertThat(start.get(Y)).extracting(Target::point).isEqualTo(point(0));
    }

    @Test
    void theOwnCopyIsPreferredWhereAllAreEqual() {
        var start = choose(answer(C, 3, 2, 5, 5), answer(B, 3, 2, 5, 5), answer(A, 3, 2, 5, 5));
        assertThat(start.values()).allMatch(target -> target.source().equals(A));
    }

    @Test
    void aMajorityAndASealMeet() {
        for (var n = 1; n <= 9; n++) {
            var members = new ArrayList<ReplicaId>();
            for (var i = 0; i < n; i++) {
                members.add(new ReplicaId("r" + i));
            }
            var configuration = new Configuration(1, members.getFirst(), members);
            assertThat(configuration.quorum() + configuration.sealQuorum()).isEqualTo(n + 1);
            assertThat(2 * configuration.quorum()).isGreaterThan(n);
        }
    }
}
