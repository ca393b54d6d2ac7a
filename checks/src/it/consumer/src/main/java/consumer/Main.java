package consumer;

/** Uses all four modules and prints one line for each. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        IO.println("named module: " + Main.class.getModule().isNamed());
        IO.println("core: " + dev.espalier.core.Thing.length("abc"));
    }
}
