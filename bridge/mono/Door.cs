// The host adapter for Mono, for the Lua files of the resource sonoran_bridge: one export, `monoDoor(verb, ...)`, that
// returns [true, result] or [false, message, kind] and never throws. It has the same verbs as `door` of
// bridge/node/sonoran_bridge.js. lua/server/door.lua chooses one of the two when the resource starts.
using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using CitizenFX.Core;
using CitizenFX.Core.Native;

namespace SonoranBridge
{
    public sealed class Door : BaseScript
    {
        private const uint StopMs = 1500; // the game thread waits for at most this long while a resource stops
        private const uint CleanupMs = 1000; // time limit of flushing for a domain that is unloaded without a stop

        private static readonly string[] Levels = { "^1error: ", "^3warning: ", "info: ", "^5debug: " }; // as lua/server/log.lua
        private static readonly Task Done = Task.FromResult(0);

        private const string Suffix = "_mono";

        private readonly string resource_ = API.GetCurrentResourceName();
        private readonly string bridge_; // the resource whose door this is: this one's name without _mono
        private readonly Dictionary<string, Func<object[], object>> verbs_;
        private readonly Func<Task> tick_; // one object, because the game identifies a tick by it
        private Abi abi_; // null: the library is not open
        private string file_; // of the library, as people know it
        private Session session_; // the open bridge
        private CallbackDelegate listener_; // Lua's function for events
        private CallbackDelegate reader_; // Lua's function that reads places
        private int untaken_; // rows of the last reading that the bridge did not take
        private readonly HashSet<string> heard_ = new HashSet<string>(); // types of events that Lua wants to see; "*": all
        private bool failed_;

        public Door()
        {
            bridge_ = resource_.EndsWith(Suffix, StringComparison.Ordinal)
                ? resource_.Substring(0, resource_.Length - Suffix.Length) : resource_;
            tick_ = OnTick;
            verbs_ = new Dictionary<string, Func<object[], object>>
            {
                // ping() -> the library's version, if it could be opened
                { "ping", given => Abi.Copy(Opened().LibraryVersion()) },
                // admit(): checks whether the present convars are trusted; fails with not_trusted when the console must confirm them
                { "admit", given => Nothing(() => Session.Admit(Opened(), Convars(Opened()))) },
                // trust(host or name of a setting): confirms what admit refused last
                { "trust", given => Nothing(() => Session.Trust(Opened(), Values.Text(At(given, 0)))) },
                // open(function for events, function that reads places) -> {version, settings}; when it fails, an open bridge goes on. Otherwise the last
                // answers of the old bridge are delivered before this returns.
                { "open", given => Open(At(given, 0) as CallbackDelegate, At(given, 1) as CallbackDelegate) },
                { "close", given => Shut(At(given, 0) == null ? StopMs : (uint)Values.Whole(At(given, 0))) },
                // bind([slot, unit or '' for nobody, ...]); all that can be bound is, also when it fails
                { "bind", given => Nothing(() => Bind(Values.List(At(given, 0)))) },
                // units([unit, x, y, z, heading, location or false, peer or false, vehicle or false, kind or false, siren, ...])
                //   -> {taken, message: about the first that was refused}
                { "units", given => Units(Values.List(At(given, 0))) },
                // panic(...) -> [ticket, seconds until it may leave, or false when that is not known]
                { "panic", Panic },
                { "status", given => new object[] { Need().Status(Values.Truth(At(given, 0)), Unit(At(given, 1)), Values.Whole(At(given, 2))), 0 } },
                // call(wants, operation, JSON text, milliseconds or 0, base64 or false) -> the ticket
                { "call", Call },
                { "cancel", given => Cancel(Ticket(At(given, 0))) },
                // wait(operation) -> seconds until its next request may be sent; false: until the CAD answers
                { "wait", given => (object)Need().Wait(Unit(At(given, 0))) ?? false },
                { "location", given => Nothing(() => Need().Locate(Unit(At(given, 0)), Values.Text(At(given, 1)) ?? "")) },
                { "remove", given => Nothing(() => Need().Remove(Unit(At(given, 0)))) },
                { "heartbeat", given => Nothing(() => Need().Heartbeat(Count(At(given, 0)))) },
                { "stats", given => Need().Stats() },
                // listen([type, ...]): the events of the CAD that Lua wants to see from now on; '*': all
                { "listen", given => Nothing(() => Listen(Values.List(At(given, 0)))) },
                // push(JSON text of an event that the CAD has sent by HTTP)
                { "push", given => Nothing(() => Need().PushEvent(Values.Text(At(given, 0)) ?? "")) },
                // places(piece) -> JSON text of sb_units
                { "places", given => Need().Places(Count(At(given, 0))) },
                // log_level(0 to 3): from now on lines up to this level come
                { "log_level", given => Nothing(() => Need().SetLogLevel(Values.Whole(At(given, 0)))) },
                // diagnose() -> ticket, whose answer has the way to the CAD as JSON; unit(id) -> ticket, the same of a unit
                { "diagnose", given => Need().Diagnose() },
                { "unit", given => Need().UnitState(Unit(At(given, 0))) },
                { "about", given => About() },
            };
            Exports.Add("monoDoor", new Func<object, object[], object>(Answer));
            EventHandlers["onResourceStop"] += new Action<string>(OnResourceStop);
            AppDomain.CurrentDomain.DomainUnload += (sender, arguments) => Guarded(() =>
            {
                listener_ = reader_ = null; // this domain receives nothing any more
                Shut(CleanupMs);
            });
        }

        private object Answer(object verb, params object[] given)
        {
            try
            {
                // No other resource may close the bridge or take its answers.
                var caller = API.GetInvokingResource();
                if (!string.IsNullOrEmpty(caller) && caller != bridge_)
                {
                    throw new Refusal("The export monoDoor is for " + bridge_ + " alone; use the exports of that one.");
                }
                Func<object[], object> act;
                if (!verbs_.TryGetValue(verb as string ?? "", out act))
                {
                    throw new Refusal("The door has no verb " + (verb ?? "nil") + ".");
                }
                return new[] { true, act(given) };
            }
            catch (Refusal refusal)
            {
                return refusal.Kind == null
                    ? new object[] { false, refusal.Message }
                    : new object[] { false, refusal.Message, refusal.Kind };
            }
            catch (Exception error)
            {
                return new object[] { false, "A defect of the bridge in Mono: " + error.Message };
            }
        }

        private Abi Opened()
        {
            if (abi_ == null)
            {
                var library = new Library(API.GetResourcePath(resource_), resource_);
                abi_ = new Abi(library);
                file_ = library.Name;
            }
            return abi_;
        }

        // What is known of this runtime and of its native file, whether it opens or not: for a report to the maintainers.
        private Dictionary<string, object> About()
        {
            var windows = Environment.OSVersion.Platform == PlatformID.Win32NT;
            var about = new Dictionary<string, object>
            {
                { "runtime", "Mono " + Environment.Version },
                { "platform", windows ? "win32-x64" : "linux-x64" },
            };
            try
            {
                about["version"] = Abi.Copy(Opened().LibraryVersion());
                about["file"] = file_;
                about["abi"] = Abi.Version;
            }
            catch (Refusal refusal)
            {
                about["error"] = refusal.Message;
            }
            return about;
        }

        private Session Need()
        {
            if (session_ == null)
            {
                Opened();
                throw new Refusal("The bridge is not open.", "shutting_down");
            }
            return session_;
        }

        private object Open(CallbackDelegate listener, CallbackDelegate reader)
        {
            var convars = Convars(Opened());
            var ending = session_;
            session_ = new Session(abi_, convars, ending, StopMs);
            listener_ = listener;
            reader_ = reader;
            untaken_ = 0;
            if (ending == null)
            {
                Tick += tick_;
            }
            else
            {
                ending.Drain(Wants, TellLast);
                ending.Close();
            }
            var settings = new Dictionary<string, object>();
            foreach (var name in convars.Keys)
            {
                var value = session_.SettingValue(name);
                if (value != null)
                {
                    settings[name] = value;
                }
            }
            return new Dictionary<string, object>
            {
                { "version", Abi.Copy(abi_.LibraryVersion()) },
                { "settings", settings },
            };
        }

        // The present values of all convars in the library's table.
        private unsafe Dictionary<string, string> Convars(Abi abi)
        {
            var convars = new Dictionary<string, string>();
            var info = new SettingInfo { StructSize = (UIntPtr)(uint)sizeof(SettingInfo) };
            for (uint i = 0; abi.SettingAt((UIntPtr)i, &info) != 0; i += 1)
            {
                var name = Abi.Copy(info.Name);
                convars[name] = API.GetConvar(name, "") ?? "";
            }
            // As in the JavaScript door: authorities for machines without any, and this resource's folder for uploads.
            var folder = API.GetResourcePath(bridge_);
            var authorities = System.IO.Path.Combine(folder, "config", "authorities.pem");
            FillIn(convars, "sonoran_bridge_ca_bundle", System.IO.File.Exists(authorities) ? authorities : "");
            FillIn(convars, "sonoran_bridge_upload_folders", folder);
            var vehicles = System.IO.Path.Combine(folder, "config", "vehicles.json");
            FillIn(convars, "sonoran_bridge_vehicles", System.IO.File.Exists(vehicles) ? vehicles : "");
            foreach (var name in new[] { "sonoran_bridge_postals", "sonoran_bridge_vehicles" })
            {
                string given;
                if (convars.TryGetValue(name, out given))
                {
                    convars[name] = FileOf(given);
                }
            }
            return convars;
        }

        // A file that a convar names: "@name/path" is one of the resource of that name.
        private static string FileOf(string value)
        {
            var slash = value.IndexOf('/');
            if (!value.StartsWith("@", StringComparison.Ordinal) || slash < 2 || slash + 1 == value.Length)
            {
                return value;
            }
            var folder = API.GetResourcePath(value.Substring(1, slash - 1));
            return string.IsNullOrEmpty(folder) ? value : System.IO.Path.Combine(folder, value.Substring(slash + 1));
        }

        private static void FillIn(IDictionary<string, string> convars, string name, string value)
        {
            string given;
            if (convars.TryGetValue(name, out given) && given == "")
            {
                convars[name] = value;
            }
        }

        // Ends the open bridge, with an answer for each ticket, and prints what the CAD did not get.
        private object Shut(uint timeout_ms)
        {
            var closing = session_;
            if (closing == null)
            {
                return null;
            }
            session_ = null;
            Tick -= tick_;
            var left = closing.Stop(timeout_ms);
            closing.Drain(Wants, TellLast);
            closing.Close();
            var parts = new List<string>();
            foreach (var kind in new[] { "panic", "status", "call" })
            {
                var many = kind + (kind == "status" ? "es" : "s");
                var count = Values.Number(left[many]);
                if (count > 0)
                {
                    parts.Add(count + " " + (count == 1 ? kind : many));
                }
            }
            if (parts.Count > 0)
            {
                var last = new News();
                last.Lines.Add(1);
                last.Lines.Add("The bridge stopped with " + string.Join(", ", parts) + " not delivered to the CAD.");
                Tell(last);
            }
            return null;
        }

        // News of active units and of the state from a bridge that has ended are outdated.
        private void TellLast(News news)
        {
            news.Units.Clear();
            news.Changes.Clear();
            if (news.Any)
            {
                Tell(news);
            }
        }

        private void Listen(IList<object> types)
        {
            heard_.Clear();
            foreach (var type in types)
            {
                heard_.Add(Values.Text(type));
            }
        }

        private bool Wants(string type)
        {
            return heard_.Contains("*") || heard_.Contains(type);
        }

        private void Bind(IList<object> units)
        {
            var session = Need();
            Refusal failed = null;
            for (var i = 0; i + 1 < units.Count; i += 2)
            {
                var at = i;
                Attempt(() => session.Bind(Values.Whole(units[at]), Values.Text(units[at + 1])), ref failed);
            }
            if (failed != null)
            {
                throw failed;
            }
        }

        // Lets Lua read the places that the bridge wants now, in one crossing, and hands its answer, [rows, texts], to
        // the bridge.
        private void Read(Session session)
        {
            var slots = session.TakeReadings();
            if (slots == null)
            {
                return;
            }
            var rows = Values.List(null);
            var taken = 0;
            try
            {
                var answer = Values.List(reader_(slots, untaken_));
                if (session == session_)
                {
                    rows = Values.List(At(answer, 0));
                    taken = Place(session, rows, Values.List(At(answer, 1)));
                }
            }
            catch (Exception error)
            {
                Say(0, "The places of units were not read: " + error.Message);
                if (session == session_)
                {
                    session.Push(Values.List(null)); // the bridge goes on
                }
            }
            untaken_ = rows.Count / Abi.Row - taken;
        }

        // Hands over [slot, x, y, z, heading, ...] and [slot, location or false, vehicle or false, kind or false, siren, ...].
        private static int Place(Session session, IList<object> rows, IList<object> texts)
        {
            Refusal failed = null;
            for (var i = 0; i + 4 < texts.Count; i += 5)
            {
                var at = i;
                Attempt(() => session.Describe(Values.Whole(texts[at]), Values.Text(texts[at + 1]), Values.Text(texts[at + 2]),
                    Values.Text(texts[at + 3]), Values.Whole(texts[at + 4])), ref failed);
            }
            var taken = session.Push(rows);
            if (failed != null)
            {
                throw failed;
            }
            return taken;
        }

        private static void Attempt(Action act, ref Refusal failed)
        {
            try
            {
                act();
            }
            catch (Refusal refusal)
            {
                failed = failed ?? refusal;
            }
        }

        private object Panic(object[] given)
        {
            var session = Need();
            var ticket = session.Panic(Values.Truth(At(given, 0)), Unit(At(given, 1)), Values.Truth(At(given, 2)));
            return new[] { ticket, (object)session.Wait("setUnitPanic") ?? false };
        }

        private object Call(object[] given)
        {
            var session = Need();
            var base64 = Values.Text(At(given, 4));
            byte[] attachment = null;
            if (base64 != null)
            {
                // With or without a data: prefix. It is base64 because texts of Lua cross as UTF-8, so raw bytes cannot.
                var from = base64.StartsWith("data:", StringComparison.Ordinal) ? base64.IndexOf(',') + 1 : 0;
                try
                {
                    attachment = Convert.FromBase64String(base64.Substring(from));
                }
                catch (FormatException)
                {
                    throw new Refusal("The attachment must be base64 of the bytes.");
                }
            }
            var deadline_ms = Values.Number(At(given, 3));
            return session.Call(Values.Truth(At(given, 0)), Unit(At(given, 1)), Values.Text(At(given, 2)),
                deadline_ms > 0 ? (uint)Math.Min(Math.Max(deadline_ms, 1), uint.MaxValue) : 0, attachment);
        }

        private object Cancel(long ticket)
        {
            Need().Cancel(ticket);
            return true;
        }

        private static long Ticket(object value)
        {
            var ticket = Values.Number(value);
            if (ticket >= 1 && ticket <= 9e15)
            {
                return (long)ticket;
            }
            throw new Refusal("A ticket is the number that a call gave.");
        }

        private object Units(IList<object> list)
        {
            string message;
            var taken = Need().PushPositions(list, out message);
            return new Dictionary<string, object> { { "taken", taken }, { "message", message } };
        }

        private Task OnTick()
        {
            var session = session_;
            if (session != null && reader_ != null)
            {
                Guarded(() => Read(session));
            }
            if (session != null && session == session_ && session.Pending)
            {
                Guarded(() => session.Poll(Wants, Tell));
            }
            return Done;
        }

        private void Tell(News news)
        {
            if (listener_ != null)
            {
                listener_(news.Answers, news.Done, news.Units, news.Pushed, news.Lines, news.Changes);
                return;
            }
            for (var i = 0; i + 1 < news.Lines.Count; i += 2)
            {
                Say((int)news.Lines[i], (string)news.Lines[i + 1]);
            }
        }

        private void OnResourceStop(string name)
        {
            if (name != resource_) // when the other resource stops, its Lua calls close
            {
                return;
            }
            Guarded(() => Shut(StopMs));
        }

        // A defect is printed once, because a tick would repeat it sixty times a second.
        private void Guarded(Action act)
        {
            try
            {
                act();
            }
            catch (Exception error)
            {
                if (!failed_)
                {
                    failed_ = true;
                    Say(0, "A defect of the bridge in Mono: " + error.GetType().Name + ": " + error.Message);
                }
            }
        }

        // Says a line where Lua cannot.
        private static void Say(int level, string line)
        {
            Debug.WriteLine("{0}", (level >= 0 && level < Levels.Length ? Levels[level] : "") + line + "^7");
        }

        // Converts a negative count to one that the library refuses.
        private static uint Count(object value)
        {
            return unchecked((uint)Values.Whole(value));
        }

        private static object Nothing(Action act)
        {
            act();
            return null;
        }

        private static object At(IList<object> given, int index)
        {
            return index < given.Count ? given[index] : null;
        }

        private static string Unit(object value)
        {
            return Values.Text(value) ?? "";
        }
    }
}
