// What of the game server's CitizenFX.Core (Mono v1) the door uses, as signatures to compile against; nothing of it is
// run or shipped. On a server the real assembly of this name is bound in its place, by the names and types below.
//
// tests/mono/core has a working one of the same names, which the door meets in the tests as it meets the real one there.
using System;
using System.Collections.Generic;
using System.Threading.Tasks;

namespace CitizenFX.Core
{
    public delegate object CallbackDelegate(params object[] args);

    public abstract class BaseScript
    {
        protected event Func<Task> Tick
        {
            add { throw null; }
            remove { throw null; }
        }

        protected internal EventHandlerDictionary EventHandlers
        {
            get { throw null; }
        }

        protected ExportDictionary Exports
        {
            get { throw null; }
        }
    }

    public class ExportDictionary
    {
        public void Add(string name, Delegate method)
        {
            throw null;
        }
    }

    public class EventHandlerDictionary : Dictionary<string, EventHandlerEntry>
    {
        public new EventHandlerEntry this[string key]
        {
            get { throw null; }
            set { throw null; }
        }
    }

    public class EventHandlerEntry
    {
        public static EventHandlerEntry operator +(EventHandlerEntry entry, Delegate deleg)
        {
            throw null;
        }
    }

    public static class Debug
    {
        public static void WriteLine(string format, params object[] args)
        {
            throw null;
        }
    }
}

namespace CitizenFX.Core.Native
{
    public static class API
    {
        public static string GetConvar(string varName, string default_)
        {
            throw null;
        }

        public static string GetCurrentResourceName()
        {
            throw null;
        }

        public static string GetInvokingResource()
        {
            throw null;
        }

        public static string GetResourcePath(string resourceName)
        {
            throw null;
        }
    }
}
