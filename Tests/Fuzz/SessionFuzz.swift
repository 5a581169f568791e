import Forwarding
import RESP

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSessions(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let input = FuzzInput(start, count) else { return 0 }
    var world = LinkWorld()
    let fault = world.run(input.bytes, ends: input.ends)
    demand(fault == nil, fault ?? "")
    return 0
}
