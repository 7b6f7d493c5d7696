import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.lang3.StringEscapeUtils;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.VelocityEngine;

/**
 * Renders mapping templates with Apache Velocity. Each line of standard input is {"template", "calls"}. Each line of
 * standard output is the rendered text as JSON. "calls" contains the calls of $input and their results, so that only the
 * renderers differ. The code uses no lambdas and no type inference, because Janino, which compiles it, does not support
 * them.
 */
public class Render {
  public static void main(String[] args) throws Exception {
    VelocityEngine engine = new VelocityEngine();
    // Treats blanks and line breaks around directives as Velocity 1.x does. API Gateway's documentation links to Velocity 1.x.
    engine.setProperty("parser.space_gobbling", "bc");
    engine.init();
    ObjectMapper json = new ObjectMapper();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, true, "UTF-8");
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      Map request = (Map) json.readValue(line, HashMap.class);
      VelocityContext context = new VelocityContext();
      context.put("input", new Input((List) request.get("calls")));
      context.put("util", new Util());
      StringWriter text = new StringWriter();
      engine.evaluate(context, text, "template", (String) request.get("template"));
      out.println(json.writeValueAsString(text.toString()));
    }
  }

  /** $input: returns the results that the other renderer got. */
  public static class Input {
    private final Map answers = new HashMap();

    public Input(List calls) {
      for (int i = 0; i < calls.size(); i++) {
        List call = (List) calls.get(i);
        answers.put(call.get(0) + " " + call.get(1), call.get(2));
      }
    }

    public Object path(String expression) {
      return answer("path " + expression);
    }

    public Object json(String expression) {
      return answer("json " + expression);
    }

    public Object params(String name) {
      return answer("params " + name);
    }

    private Object answer(String call) {
      if (!answers.containsKey(call)) throw new IllegalStateException("the other renderer never called " + call);
      return answers.get(call);
    }
  }

  /** $util, implemented with Java's own library and commons-lang. */
  public static class Util {
    public String base64Encode(String text) {
      return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    public String escapeJavaScript(String text) {
      return StringEscapeUtils.escapeEcmaScript(text);
    }

    public String urlEncode(String text) throws Exception {
      return URLEncoder.encode(text, "UTF-8");
    }
  }
}
