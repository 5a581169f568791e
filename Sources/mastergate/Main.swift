@main
struct Mastergate {
    static func main() {}
}
