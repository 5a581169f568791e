import Bytes

/// How long the rendering of a reply may become, told without rendering it: so that it is known before whether there is memory
/// for it.
public enum RenderCost {
    /// Bytes that `reply`, a complete reply, takes at most in a format of this renderer; the head of a response left out.
    public static func bytesMax(_ reply: Span<UInt8>, _ renderer: RenderFormat.Renderer) -> Int {
        let costs =
            switch renderer {
            case .json: json
            case .xml: xml
            case .raw, .text: once
            case .messagePack: twice
            }
        var total = 0
        for index in 0..<reply.count { total &+= Int(costs[Int(reply[index])]) }
        // JSON may carry strings in base64.
        return 256 + (renderer == .json ? max(total, reply.count / 3 * 4) : total)
    }

    /// Control characters as `\\u0000`, quotes and backslashes escaped, bytes that are no UTF-8 as U+FFFD; a null is longer than on the wire.
    private static let json = table { byte in
        switch byte {
        case ASCII.carriageReturn: 8
        case ASCII.lineFeed, UInt8(ascii: "\""), UInt8(ascii: "\\"): 2
        case ..<0x20, 0x7F: 6
        case 0x80...: 3
        default: 1
        }
    }

    /// Entities, and around each element its tags, for which the end of its line counts.
    private static let xml = table { byte in
        switch byte {
        case ASCII.carriageReturn: 64
        case ASCII.lineFeed, UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"), UInt8(ascii: "\""), UInt8(ascii: "'"): 8
        case ..<0x20, 0x7F: 8
        case 0x80...: 4
        default: 2
        }
    }

    private static let once = table { _ in 1 }
    private static let twice = table { _ in 2 }

    private static func table(_ cost: (UInt8) -> UInt8) -> [UInt8] { (0...255).map { cost(UInt8($0)) } }
}
