// The scripts of one resource in a domain of their own, as the game server keeps them: assemblies come as bytes, and only
// bytes cross the border of the domain.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;

namespace CitizenFX.Core
{
    /// <summary>The stand-in of the game server, as a domain sees it: one request out, its answer back.</summary>
    public interface IServer
    {
        byte[] Ask(byte[] request);
    }

    public sealed class Runtime : MarshalByRefObject, MsgPack.IFunctions
    {
        private readonly List<BaseScript> scripts_ = new List<BaseScript>();
        private readonly Dictionary<int, Delegate> functions_ = new Dictionary<int, Delegate>();
        private int next_;
        private IServer server_;
        private int id_;
        private string resource_;

        internal static Runtime Current { get; private set; }

        public override object InitializeLifetimeService()
        {
            return null;
        }

        public void Begin(IServer server, int id, string resource)
        {
            Current = this;
            server_ = server;
            id_ = id;
            resource_ = resource;
        }

        public void Load(byte[] assembly)
        {
            var loaded = Assembly.Load(assembly);
            if (loaded.Location != "")
            {
                throw new InvalidOperationException("an assembly loaded from bytes has no location");
            }
            foreach (var type in loaded.GetTypes().Where(one => !one.IsAbstract && one.IsSubclassOf(typeof(BaseScript))))
            {
                try
                {
                    scripts_.Add((BaseScript)Activator.CreateInstance(type));
                }
                catch (Exception fault)
                {
                    Debug.WriteLine("{0}", "Failed to instantiate instance of script " + type.FullName + ": " + fault);
                }
            }
        }

        public void Tick()
        {
            foreach (var script in scripts_.ToArray())
            {
                script.RunTicks();
            }
        }

        /// <summary>How many ticks the scripts have registered.</summary>
        public int Ticks()
        {
            return scripts_.Sum(script => script.TickCount);
        }

        public void Trigger(string name, byte[] packed)
        {
            try
            {
                var given = MsgPack.Unpack(packed, this) as List<object>;
                var arguments = given == null ? new object[0] : given.ToArray();
                foreach (var script in scripts_.ToArray())
                {
                    EventHandlerEntry entry;
                    if (script.EventHandlers.TryGetValue(name.ToLowerInvariant(), out entry))
                    {
                        entry.Invoke(name, arguments);
                    }
                }
                ExportDictionary.Invoke(name, arguments);
            }
            catch (Exception fault)
            {
                Print("^1SCRIPT ERROR in event (" + name + "): " + fault + "^7\n");
            }
        }

        /// <summary>Calls one of our functions; [result], or [false, trace] when it threw, as there.</summary>
        public byte[] Call(int function, byte[] packed)
        {
            try
            {
                Delegate method;
                if (!functions_.TryGetValue(function, out method))
                {
                    return new byte[] { 0xc0 };
                }
                var given = (List<object>)MsgPack.Unpack(packed, this);
                return MsgPack.Pack(new[] { method.DynamicInvoke(Calls.Arguments(method.Method, given.ToArray())) }, this);
            }
            catch (InvalidOperationException)
            {
                throw;
            }
            catch (Exception fault)
            {
                return MsgPack.Pack(new object[] { false, (fault.InnerException ?? fault).ToString() });
            }
        }

        public void Remove(int function)
        {
            functions_.Remove(function);
        }

        public int Functions()
        {
            return functions_.Count;
        }

        object MsgPack.IFunctions.Callable(string reference)
        {
            return new CallbackDelegate(arguments =>
            {
                var answer = Ask("invoke", reference, MsgPack.Pack(arguments, this)) as byte[];
                var results = answer == null ? null : MsgPack.Unpack(answer, this) as List<object>;
                return results == null || results.Count == 0 ? null : Awaited(results[0]);
            });
        }

        string MsgPack.IFunctions.Reference(Delegate function)
        {
            functions_[next_] = function;
            next_ += 1;
            return resource_ + ":" + id_ + ":" + (next_ - 1);
        }

        // A result that comes later is a task.
        private static object Awaited(object result)
        {
            var map = result as IDictionary<string, object>;
            object ask;
            if (map == null || !map.TryGetValue("__cfx_async_retval", out ask))
            {
                return result;
            }
            var task = new TaskCompletionSource<object>();
            ((CallbackDelegate)ask)(new Action<object, object>((results, reason) =>
            {
                if (reason != null && !false.Equals(reason))
                {
                    task.SetException(new Exception(reason.ToString()));
                }
                else
                {
                    task.SetResult(((List<object>)results)[0]);
                }
            }));
            return task.Task;
        }

        internal void TriggerEvent(string name, object[] arguments)
        {
            Ask("trigger", name, MsgPack.Pack(arguments, this));
        }

        internal object CallNative(string name, params object[] arguments)
        {
            return Ask("native", name, arguments);
        }

        internal void Handle(string eventName)
        {
            Ask("handle", eventName);
        }

        internal void Print(string text)
        {
            Ask("print", text);
        }

        private object Ask(string what, params object[] details)
        {
            var request = new List<object> { what, id_ };
            request.AddRange(details);
            var answer = (List<object>)MsgPack.Unpack(server_.Ask(MsgPack.Pack(request)));
            if ((string)answer[0] != "ok")
            {
                throw new Exception((string)answer[1]);
            }
            return answer[1];
        }
    }
}
