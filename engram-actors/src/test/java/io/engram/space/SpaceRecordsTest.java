package io.engram.space;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class SpaceRecordsTest {
    private static final SpaceId SPACE = new SpaceId("notes");

    /** A node among others, which leads its spaces under an epoch. */
    private record Under(OptionalLong epoch) implements Reigns {
        @Override
        public boolean isCurrent(SpaceRecord space) {
            return true;
        }

        @Override
        public void watch(SpaceRecord space, Runnable lost) {}

        @Override
        public void unwatch(SpaceRecord space, Runnable lost) {}

        @Override
        public OptionalLong epoch(SpaceId space) {
            return epoch;
        }
    }

    private static List<String> fields(Reigns reigns) {
        var logger = (Logger) LoggerFactory.getLogger(SpaceRecordsTest.class);
        var records = new ListAppender<ILoggingEvent>();
        records.start();
        logger.setLevel(Level.WARN);
        logger.addAppender(records);
        try {
            SpaceRecords.about(logger.atWarn(), SPACE, reigns).log("something happened");
        } finally {
            logger.detachAppender(records);
            logger.setLevel(null);
        }
        return records.list.getFirst().getKeyValuePairs().stream()
                .map(each -> each.key + "=" + each.value)
                .toList();
    }

    @Test
    void a_record_about_a_space_carries_the_epoch_under_which_this_node_leads_it() {
        assertThat(fields(new Under(OptionalLong.of(7)))).containsExactly("space=notes", "epoch=7");
    }

    @Test
    void there_is_no_epoch_where_none_is_known() {
        assertThat(fields(new Under(OptionalLong.empty()))).containsExactly("space=notes");
        assertThat(fields(Reigns.FOR_EVER)).containsExactly("space=notes");
    }
}
