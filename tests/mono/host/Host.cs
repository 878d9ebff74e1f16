// mono_host: the C# side of the stand-in of the game server (tests/fxhost). It keeps a domain a resource and speaks with
// tests/fxhost/lib/mono_runtime.js over two pipes: frames of a length and MessagePack. Either side may ask while the other
// waits for an answer, so an answer always belongs to the innermost question.
using System;
using System.Collections.Generic;
using System.IO;
using CitizenFX.Core;

internal sealed class Host : MarshalByRefObject, IServer
{
    private sealed class Resource
    {
        public AppDomain Domain;
        public Runtime Runtime;
    }

    private readonly Stream in_;
    private readonly Stream out_;
    private readonly Dictionary<int, Resource> resources_ = new Dictionary<int, Resource>();

    private Host(Stream from, Stream to)
    {
        in_ = from;
        out_ = to;
    }

    private static int Main(string[] arguments)
    {
        if (arguments.Length != 2)
        {
            Console.Error.WriteLine("usage: mono_host PIPE-IN PIPE-OUT");
            return 2;
        }
        var host = new Host(new FileStream(arguments[0], FileMode.Open, FileAccess.Read),
            new FileStream(arguments[1], FileMode.Open, FileAccess.Write));
        host.out_.WriteByte(0); // both pipes are open
        host.out_.Flush();
        for (byte[] request; (request = host.Read()) != null;)
        {
            if (!host.Serve(request))
            {
                break;
            }
        }
        return 0; // resources that still run are left as they are: a server may end without stopping them
    }

    public override object InitializeLifetimeService()
    {
        return null;
    }

    byte[] IServer.Ask(byte[] request)
    {
        Write(request);
        for (;;)
        {
            var frame = Read();
            if (frame == null)
            {
                throw new IOException("the stand-in is gone");
            }
            var what = (string)((List<object>)MsgPack.Unpack(frame))[0];
            if (what == "ok" || what == "error")
            {
                return frame;
            }
            Serve(frame);
        }
    }

    private bool Serve(byte[] frame)
    {
        var request = (List<object>)MsgPack.Unpack(frame);
        object[] answer;
        try
        {
            answer = new[] { "ok", Do((string)request[0], request) };
        }
        catch (Exception fault)
        {
            answer = new object[] { "error", fault.ToString() };
        }
        Write(MsgPack.Pack(answer));
        return (string)request[0] != "exit";
    }

    private object Do(string what, List<object> request)
    {
        if (what == "exit")
        {
            return null;
        }
        if (what == "memory")
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return GC.GetTotalMemory(true);
        }
        var id = Convert.ToInt32(request[1]);
        if (what == "create")
        {
            var domain = AppDomain.CreateDomain("ScriptDomain_" + id, null,
                new AppDomainSetup { ApplicationBase = (string)request[3] });
            var made = (Runtime)domain.CreateInstanceAndUnwrap(typeof(Runtime).Assembly.FullName, typeof(Runtime).FullName);
            resources_[id] = new Resource { Domain = domain, Runtime = made };
            made.Begin(this, id, (string)request[2]);
            return null;
        }
        var resource = resources_[id];
        switch (what)
        {
            case "load":
                resource.Runtime.Load(File.ReadAllBytes((string)request[2]));
                return null;
            case "tick":
                resource.Runtime.Tick();
                return null;
            case "ticks":
                return resource.Runtime.Ticks();
            case "event":
                resource.Runtime.Trigger((string)request[2], (byte[])request[3]);
                return null;
            case "call":
                return resource.Runtime.Call(Convert.ToInt32(request[2]), (byte[])request[3]);
            case "remove":
                resource.Runtime.Remove(Convert.ToInt32(request[2]));
                return null;
            case "functions":
                return resource.Runtime.Functions();
            case "destroy":
                resources_.Remove(id);
                AppDomain.Unload(resource.Domain);
                return null;
            default:
                throw new ArgumentException("there is no request " + what);
        }
    }

    private byte[] Read()
    {
        var size = Exactly(4);
        return size == null ? null : Exactly(BitConverter.ToInt32(size, 0));
    }

    private byte[] Exactly(int count)
    {
        var bytes = new byte[count];
        for (var at = 0; at < count;)
        {
            var got = in_.Read(bytes, at, count - at);
            if (got <= 0)
            {
                return null;
            }
            at += got;
        }
        return bytes;
    }

    private void Write(byte[] frame)
    {
        out_.Write(BitConverter.GetBytes(frame.Length), 0, 4);
        out_.Write(frame, 0, frame.Length);
        out_.Flush();
    }
}
