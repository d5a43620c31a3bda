package io.engram.dist.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The check itself finds what it is there for. */
class ShapesTest {
    private static final String SERVICE = """
        apiVersion: v1
        kind: Service
        metadata:
          name: engram
        spec:
          selector:
            app: engram
          ports:
            - name: http
              port: 7432
        """;

    @Test
    void a_good_object_is_good() throws Exception {
        assertThat(Shapes.problem(service(_ -> {}))).isEmpty();
    }

    @Test
    void an_unknown_field_is_found_however_deep_it_is() throws Exception {
        assertThat(Shapes.problem(service(service -> service.put("sepc", 1)))).isPresent();
        assertThat(Shapes.problem(service(service -> ((ObjectNode) service.at("/spec/ports/0")).put("portz", 1))))
                .hasValueSatisfying(text -> assertThat(text).contains("portz"));
    }

    @Test
    void a_missing_field_and_a_value_of_the_wrong_kind_are_found() throws Exception {
        assertThat(Shapes.problem(service(service -> ((ObjectNode) service.at("/spec/ports/0")).remove("port"))))
                .isPresent();
        assertThat(Shapes.problem(service(service -> ((ObjectNode) service.at("/spec/ports/0")).put("port", "many"))))
                .isPresent();
    }

    @Test
    void an_object_of_another_version_is_found() throws Exception {
        assertThat(Shapes.problem(service(service -> service.put("apiVersion", "v1beta1"))))
                .isPresent();
    }

    private static ObjectNode service(Consumer<ObjectNode> change) throws Exception {
        var service = Chart.objects(SERVICE).getFirst();
        change.accept(service);
        return service;
    }
}
