/// Finds the known name that a misspelt one most likely meant.
package enum NearestName {
    /// Longer names are not compared: the work grows with the product of the lengths.
    private static let lengthMax = 64

    /// The candidate nearest to `name`, if near enough: a third of the letters may differ.
    ///
    /// A name whose last part is right but stands in another section, or in none, is near too.
    package static func find(_ name: String, among candidates: some Sequence<String>) -> String? {
        let wanted = Array(name.utf8)
        guard !wanted.isEmpty, wanted.count <= lengthMax else { return nil }
        let wantedLast = lastPart(wanted)
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let known = Array(candidate.utf8)
            var edits = distance(wanted, known)
            let knownLast = lastPart(known)
            // A shared section makes any two short keys look alike, so the last parts must be near by themselves.
            guard distance(Array(wantedLast), Array(knownLast)) <= max(1, wantedLast.count / 3) else { continue }
            if knownLast.count > 4, knownLast == wantedLast { edits = min(edits, 1) }
            if best.map({ edits < $0.distance }) ?? true { best = (candidate, edits) }
        }
        guard let best, best.distance <= max(1, wanted.count / 3) else { return nil }
        return best.name
    }

    private static func lastPart(_ name: [UInt8]) -> ArraySlice<UInt8> {
        name.lastIndex(of: UInt8(ascii: ".")).map { name[($0 + 1)...] } ?? name[...]
    }

    /// Insertions, deletions, replacements and swaps of neighbours that lead from `left` to `right`.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            current.reserveCapacity(right.count + 1)
            for column in 0..<right.count {
                let replaced = last[column] + (left[row] == right[column] ? 0 : 1)
                var edits = min(replaced, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    edits = min(edits, beforeLast[column - 1] + 1)
                }
                current.append(edits)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
