// What a script sees: the names of bridge/mono/reference, working.
using System;
using System.Collections.Generic;
using System.Dynamic;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;

namespace CitizenFX.Core
{
    public delegate object CallbackDelegate(params object[] args);

    public abstract class BaseScript
    {
        private readonly List<Func<Task>> ticks_ = new List<Func<Task>>();
        private readonly Dictionary<Func<Task>, Task> running_ = new Dictionary<Func<Task>, Task>();

        protected BaseScript()
        {
            EventHandlers = new EventHandlerDictionary();
            Exports = new ExportDictionary();
        }

        // As there, a tick is known by the identity of its delegate: the same method in another one is another tick.
        protected event Func<Task> Tick
        {
            add { ticks_.Add(value); }
            remove { ticks_.RemoveAll(tick => ReferenceEquals(tick, value)); }
        }

        protected internal EventHandlerDictionary EventHandlers { get; private set; }

        protected ExportDictionary Exports { get; private set; }

        public static void TriggerEvent(string eventName, params object[] args)
        {
            Runtime.Current.TriggerEvent(eventName, args);
        }

        internal int TickCount
        {
            get { return ticks_.Count; }
        }

        // A tick is begun again once its task has ended.
        internal void RunTicks()
        {
            foreach (var tick in ticks_.ToArray())
            {
                Task before;
                if (running_.TryGetValue(tick, out before) && !before.IsCompleted)
                {
                    continue;
                }
                try
                {
                    running_[tick] = tick();
                }
                catch (Exception fault)
                {
                    Debug.WriteLine("{0}", "Failed to run a tick for " + GetType().Name + ": " + fault);
                }
            }
        }
    }

    public class ExportDictionary
    {
        private static readonly Dictionary<string, Delegate> Routines = new Dictionary<string, Delegate>();

        public dynamic this[string resourceName]
        {
            get { return new ExportSet(resourceName); }
        }

        public void Add(string name, Delegate method)
        {
            var eventName = "__cfx_export_" + Native.API.GetCurrentResourceName() + "_" + name;
            Runtime.Current.Handle(eventName);
            Routines[eventName] = method;
        }

        internal static void Invoke(string eventName, object[] arguments)
        {
            Delegate routine;
            if (Routines.TryGetValue(eventName, out routine))
            {
                ((Delegate)arguments[0]).DynamicInvoke(new object[] { new object[] { routine } });
            }
        }
    }

    // The exports of another resource: each is asked for anew at every call, and gives its first result.
    public class ExportSet : DynamicObject
    {
        private readonly string resource_;

        public ExportSet(string resource)
        {
            resource_ = resource;
        }

        public override bool TryInvokeMember(InvokeMemberBinder binder, object[] args, out object result)
        {
            CallbackDelegate routine = null;
            BaseScript.TriggerEvent("__cfx_export_" + resource_ + "_" + binder.Name,
                new Action<object>(given => routine = (CallbackDelegate)given));
            result = routine == null ? null : routine(args);
            return routine != null;
        }
    }

    public class EventHandlerDictionary : Dictionary<string, EventHandlerEntry>
    {
        public new EventHandlerEntry this[string key]
        {
            get
            {
                EventHandlerEntry entry;
                if (!TryGetValue(key.ToLowerInvariant(), out entry))
                {
                    entry = new EventHandlerEntry();
                    Add(key.ToLowerInvariant(), entry);
                    Runtime.Current.Handle(key);
                }
                return entry;
            }

            set { }
        }
    }

    public class EventHandlerEntry
    {
        private readonly List<Delegate> handlers_ = new List<Delegate>();

        public static EventHandlerEntry operator +(EventHandlerEntry entry, Delegate deleg)
        {
            entry.handlers_.Add(deleg);
            return entry;
        }

        internal void Invoke(string name, object[] arguments)
        {
            foreach (var handler in handlers_.ToArray())
            {
                try
                {
                    handler.DynamicInvoke(Calls.Arguments(handler.Method, arguments));
                }
                catch (Exception fault)
                {
                    Debug.WriteLine("{0}", "Error invoking callback for event " + name + ": " + fault);
                    handlers_.Remove(handler);
                }
            }
        }
    }

    public static class Debug
    {
        public static void WriteLine(string format, params object[] args)
        {
            Runtime.Current.Print(string.Format(format, args) + "\n");
        }
    }

    internal static class Calls
    {
        // Arguments that are missing are defaults, those that do not fit are converted or refused, `params` takes the rest.
        public static object[] Arguments(MethodInfo method, object[] given)
        {
            var taken = new List<object>();
            var at = 0;
            foreach (var parameter in method.GetParameters())
            {
                if (parameter.GetCustomAttribute<ParamArrayAttribute>() != null)
                {
                    var rest = new List<object>();
                    for (; at < given.Length; at += 1)
                    {
                        rest.Add(given[at]);
                    }
                    taken.Add(rest.ToArray());
                    break;
                }
                var type = parameter.ParameterType;
                if (at >= given.Length)
                {
                    taken.Add(type.IsValueType ? Activator.CreateInstance(type) : null);
                }
                else
                {
                    taken.Add(Changed(given[at], type));
                }
                at += 1;
            }
            return taken.ToArray();
        }

        private static object Changed(object value, Type type)
        {
            if (value == null || type.IsInstanceOfType(value))
            {
                return value;
            }
            if (value is IConvertible)
            {
                return Convert.ChangeType(value, type, CultureInfo.InvariantCulture);
            }
            throw new InvalidCastException("Could not cast event argument from " + value.GetType().Name + " to " + type.Name);
        }
    }
}

namespace CitizenFX.Core.Native
{
    public static class API
    {
        public static string GetConvar(string varName, string default_)
        {
            return (string)Runtime.Current.CallNative("GetConvar", varName, default_);
        }

        public static string GetCurrentResourceName()
        {
            return (string)Runtime.Current.CallNative("GetCurrentResourceName");
        }

        public static string GetInvokingResource()
        {
            return (string)Runtime.Current.CallNative("GetInvokingResource");
        }

        public static string GetResourcePath(string resourceName)
        {
            return (string)Runtime.Current.CallNative("GetResourcePath", resourceName);
        }
    }
}
