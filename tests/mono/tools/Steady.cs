// steady: pushes the positions of 2,048 units again and again through the door's own session. Fails when that allocates;
// prints what a position costs, without the game's way from Lua to C#.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using SonoranBridge;

internal static class Steady
{
    private const int Units = 2048;
    private const int Rounds = 1000; // 2 million positions: one object each would fill the nursery of 4 MiB many times

    private static int Main(string[] arguments)
    {
        var abi = new Abi(new Library(arguments[0], "sonoran_bridge"));
        var settings = new Dictionary<string, string>
        {
            { "sonoran_apiKey", "a-key-that-nobody-has" },
            { "sonoran_bridge_url", "http://127.0.0.1:9" },
        };
        var session = new Session(abi, settings, null, 0);
        // Two lists in turn, so that every unit moves; as the game hands them over, numbers in boxes.
        var lists = new[] { new List<object>(), new List<object>() };
        for (var unit = 0; unit < Units; unit += 1)
        {
            session.Bind(unit, "license:0123456789abcdef0123456789abcdef" + unit);
            for (var i = 0; i < 2; i += 1)
            {
                lists[i].AddRange(new object[] { unit, 10 * unit + 500 * i, -20 * unit, 300, 90 });
            }
        }
        for (var round = 0; round < 20; round += 1)
        {
            session.Push(lists[round % 2]);
        }
        GC.Collect();
        var before = GC.CollectionCount(0);
        var watch = Stopwatch.StartNew();
        var taken = 0L;
        for (var round = 0; round < Rounds; round += 1)
        {
            taken += session.Push(lists[round % 2]);
        }
        watch.Stop();
        var collections = GC.CollectionCount(0) - before;
        var looks = 0;
        var look = Stopwatch.StartNew();
        for (var i = 0; i < 1000000; i += 1)
        {
            looks += session.Pending ? 1 : 0;
        }
        look.Stop();
        session.Close();
        Console.WriteLine("{0} positions, {1:F0} ns each, {2} garbage collections; a look for events {3:F1} ns",
            taken, watch.Elapsed.TotalMilliseconds * 1e6 / taken, collections, look.Elapsed.TotalMilliseconds);
        if (taken != (long)Units * Rounds || collections != 0)
        {
            Console.WriteLine("steady: every position is to be taken, and none is to allocate");
            return 1;
        }
        return 0;
    }
}
