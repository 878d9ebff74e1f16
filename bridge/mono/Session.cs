// An open bridge, and the delivery of its events to Lua.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;

namespace SonoranBridge
{
    /// <summary>
    /// Only the game thread may call these functions. After Close, only Close may be called. Each bridge numbers its
    /// tickets from 1. Lua's ticket is that number plus base_, so that no answer is taken for another bridge's.
    /// </summary>
    internal sealed unsafe class Session
    {
        private const int Readings = 256; // slots that are read in one tick
        private const int PollEvents = 64; // events fetched at once
        private const int PollMs = 1; // game-thread time that one tick may spend on fetching

        private readonly Abi abi_;
        private readonly IntPtr bridge_;
        private readonly uint* pending_;
        private readonly Scratch scratch_;
        private readonly Event* events_;
        private readonly Dictionary<ulong, bool> wanted_ = new Dictionary<ulong, bool>(); // tickets whose answer has a callback in Lua
        private int* readings_;
        private int* rows_; // reused, so that a push allocates nothing once it has grown
        private int room_; // numbers that it holds
        private bool open_ = true;
        private readonly long base_;
        private long last_; // the newest ticket of this bridge, in the bridge's own numbers

        /// <summary>
        /// Starts a bridge with these settings. If `running` is not null, the new bridge replaces it; stopping it takes at most
        /// the given time. Throws a Refusal with the library's message; then `running` goes on.
        /// </summary>
        public Session(Abi abi, IDictionary<string, string> settings, Session running, uint timeout_ms)
        {
            abi_ = abi;
            base_ = running == null ? 0 : running.base_ + running.last_;
            bridge_ = Replace(abi, settings, running == null ? IntPtr.Zero : running.bridge_, timeout_ms);
            scratch_ = new Scratch();
            pending_ = (uint*)abi_.PendingAddress(bridge_);
            readings_ = (int*)Marshal.AllocHGlobal(Readings * sizeof(int));
            events_ = (Event*)Marshal.AllocHGlobal(PollEvents * sizeof(Event));
        }

        /// <summary>Whether events wait: one read of memory.</summary>
        public bool Pending
        {
            get { return open_ && Volatile.Read(ref *pending_) != 0; }
        }

        /// <summary>Stops the bridge within the given time; gives what was not delivered. Drain and Close must follow.</summary>
        public Dictionary<string, object> Stop(uint timeout_ms)
        {
            var unsent = new Unsent { StructSize = (UIntPtr)(uint)sizeof(Unsent) };
            abi_.Stop(bridge_, timeout_ms, &unsent);
            return new Dictionary<string, object>
            {
                { "panics", (long)unsent.Panics },
                { "statuses", (long)unsent.Statuses },
                { "positions", (long)unsent.Positions },
                { "calls", (long)unsent.Calls },
            };
        }

        /// <summary>Ends the bridge at once. A second call does nothing.</summary>
        public void Close()
        {
            if (open_)
            {
                open_ = false;
                abi_.Destroy(bridge_, 0, null);
                Marshal.FreeHGlobal((IntPtr)events_);
                Marshal.FreeHGlobal((IntPtr)readings_);
                Marshal.FreeHGlobal((IntPtr)rows_);
                scratch_.Dispose();
            }
        }

        /// <summary>The value in force of a setting; null for a secret.</summary>
        public string SettingValue(string name)
        {
            scratch_.Begin(Scratch.Room(name));
            return Abi.Copy(abi_.SettingValue(bridge_, scratch_.Add(name)));
        }

        /// <summary>Sets which unit a slot stands for; an empty id: nobody.</summary>
        public void Bind(int slot, string unit)
        {
            if (string.IsNullOrEmpty(unit))
            {
                Demand(abi_.UnbindSlot(bridge_, unchecked((uint)slot)));
                return;
            }
            scratch_.Begin(Scratch.Room(unit));
            Demand(abi_.BindSlot(bridge_, unchecked((uint)slot), scratch_.Add(unit)));
        }

        /// <summary>
        /// Sets location, vehicle, its kind and its siren (1 on, -1 off) for the slot's next position; null and 0: unchanged.
        /// </summary>
        public void Describe(int slot, string location, string vehicle, string kind, int siren)
        {
            scratch_.Begin(Scratch.Room(location) + Scratch.Room(vehicle) + Scratch.Room(kind));
            var texts = new UnitTexts
            {
                StructSize = (UIntPtr)(uint)sizeof(UnitTexts),
                Location = scratch_.Add(location),
                Vehicle = scratch_.Add(vehicle),
                Kind = scratch_.Add(kind),
                Siren = siren,
            };
            Demand(abi_.DescribeSlot(bridge_, unchecked((uint)slot), &texts));
        }

        /// <summary>
        /// The slots whose places are wanted now, in the form of sb_take_readings; null: none, which is one read of memory.
        /// Push must follow.
        /// </summary>
        public List<object> TakeReadings()
        {
            var count = open_ ? (int)abi_.TakeReadings(bridge_, readings_, (UIntPtr)Readings) : 0;
            if (count == 0)
            {
                return null;
            }
            var slots = new List<object>(count);
            for (var i = 0; i < count; i += 1)
            {
                slots.Add(readings_[i]);
            }
            return slots;
        }

        /// <summary>
        /// Pushes rows of whole numbers (slot, x, y, z in decimetres, heading in degrees) and gives how many were taken.
        /// Allocates nothing once its buffer has grown to the number of units.
        /// </summary>
        public int Push(IList<object> rows)
        {
            if (rows.Count % Abi.Row != 0)
            {
                throw new Refusal("The count of numbers must be a multiple of 5.");
            }
            if (rows.Count > room_)
            {
                Marshal.FreeHGlobal((IntPtr)rows_);
                rows_ = null;
                room_ = 0;
                rows_ = (int*)Marshal.AllocHGlobal(2 * rows.Count * sizeof(int));
                room_ = 2 * rows.Count;
            }
            for (var i = 0; i < rows.Count; i += 1)
            {
                rows_[i] = Values.Whole(rows[i]);
            }
            UIntPtr taken;
            abi_.PushRows(bridge_, rows_, (UIntPtr)(uint)(rows.Count / Abi.Row), &taken);
            return (int)taken;
        }

        /// <summary>
        /// Pushes positions by unit, 10 elements each: unit, x, y, z, heading, location, peer, vehicle, its kind, its siren; a
        /// text that is none is not given. Gives how many were taken, and the message about the first that was not, or null.
        /// </summary>
        public int PushPositions(IList<object> list, out string message)
        {
            const int Fields = 10;
            var count = list.Count / Fields;
            var bytes = 0;
            for (var i = 0; i < count * Fields; i += 1)
            {
                bytes += Scratch.Room(Values.Text(list[i]));
            }
            scratch_.Begin(bytes);
            var positions = new Position[count];
            for (var i = 0; i < count; i += 1)
            {
                var at = i * Fields;
                positions[i] = new Position
                {
                    StructSize = (UIntPtr)(uint)sizeof(Position),
                    Unit = scratch_.Add(Values.Text(list[at])),
                    X = Values.Number(list[at + 1]),
                    Y = Values.Number(list[at + 2]),
                    Z = Values.Number(list[at + 3]),
                    Heading = Values.Number(list[at + 4]),
                    Location = scratch_.Add(Values.Text(list[at + 5])),
                    Peer = scratch_.Add(Values.Text(list[at + 6])),
                    Vehicle = scratch_.Add(Values.Text(list[at + 7])),
                    Kind = scratch_.Add(Values.Text(list[at + 8])),
                    Siren = Values.Whole(list[at + 9]),
                };
            }
            UIntPtr taken;
            int code;
            fixed (Position* first = positions)
            {
                code = abi_.PushPositions(bridge_, first, (UIntPtr)(uint)count, &taken);
            }
            message = code == Abi.Ok ? null : Abi.Copy(abi_.LastError(bridge_));
            return (int)taken;
        }

        /// <summary>Gives a ticket. Lua gets the whole answer when it is wanted or a failure.</summary>
        public long Panic(bool wants, string unit, bool on)
        {
            scratch_.Begin(Scratch.Room(unit));
            ulong ticket;
            Demand(abi_.SetPanic(bridge_, scratch_.Add(unit), on ? 1 : 0, &ticket));
            return Keep(ticket, wants);
        }

        public long Status(bool wants, string unit, int status)
        {
            scratch_.Begin(Scratch.Room(unit));
            ulong ticket;
            Demand(abi_.SetStatus(bridge_, scratch_.Add(unit), status, &ticket));
            return Keep(ticket, wants);
        }

        /// <summary>
        /// Calls an operation with JSON text as arguments; deadline_ms 0 is the library's default. `attachment`: bytes, or null.
        /// </summary>
        public long Call(bool wants, string operation, string arguments, uint deadline_ms, byte[] attachment)
        {
            if (arguments != null && arguments.Length > Abi.ArgumentsSize)
            {
                // Truncated to a length that the library still refuses, so that the scratch memory stays bounded.
                arguments = arguments.Substring(0, Abi.ArgumentsSize + 1);
            }
            scratch_.Begin(Scratch.Room(operation) + Scratch.Room(arguments) + Length(attachment));
            var options = new CallOptions
            {
                StructSize = (UIntPtr)(uint)sizeof(CallOptions),
                DeadlineMs = deadline_ms,
                Attachment = scratch_.Add(attachment),
            };
            ulong ticket;
            Demand(abi_.Call(bridge_, scratch_.Add(operation), scratch_.Add(arguments), &options, &ticket));
            return Keep(ticket, wants);
        }

        public void Cancel(long ticket)
        {
            if (ticket > base_) // else the ticket is of a bridge that has ended, and so has the call
            {
                Demand(abi_.Cancel(bridge_, (ulong)(ticket - base_)));
            }
        }

        /// <summary>Seconds until the next request of an operation may be sent; null: until the CAD answers.</summary>
        public double? Wait(string operation)
        {
            scratch_.Begin(Scratch.Room(operation));
            var wait_ms = abi_.ExpectedWait(bridge_, scratch_.Add(operation));
            return wait_ms == Abi.NotKnown ? (double?)null : wait_ms / 1000.0;
        }

        /// <summary>The map shows this text as the unit's place; "": no longer.</summary>
        public void Locate(string unit, string text)
        {
            scratch_.Begin(Scratch.Room(unit) + Scratch.Room(text));
            Demand(abi_.SetLocation(bridge_, scratch_.Add(unit), scratch_.Add(text)));
        }

        public void Remove(string unit)
        {
            scratch_.Begin(Scratch.Room(unit));
            Demand(abi_.RemoveUnit(bridge_, scratch_.Add(unit)));
        }

        public void Heartbeat(uint players)
        {
            Demand(abi_.Heartbeat(bridge_, players));
        }

        /// <summary>Gives the bridge an event that the CAD has sent by HTTP.</summary>
        public void PushEvent(string text)
        {
            scratch_.Begin(Scratch.Room(text));
            Demand(abi_.PushEvent(bridge_, scratch_.Add(text)));
        }

        public void SetLogLevel(int level)
        {
            Demand(abi_.SetLogLevel(bridge_, level));
        }

        /// <summary>A ticket, whose answer has the way to the CAD as JSON.</summary>
        public long Diagnose()
        {
            ulong ticket;
            Demand(abi_.Diagnose(bridge_, &ticket));
            return Keep(ticket, true);
        }

        /// <summary>A ticket, whose answer has the state of the unit as JSON.</summary>
        public long UnitState(string unit)
        {
            scratch_.Begin(Scratch.Room(unit));
            ulong ticket;
            Demand(abi_.UnitState(bridge_, scratch_.Add(unit), &ticket));
            return Keep(ticket, true);
        }

        /// <summary>The module's report as JSON text.</summary>
        public string Stats()
        {
            UIntPtr size;
            var json = abi_.Stats(bridge_, &size);
            return Abi.Copy(new Text { Data = json, Size = size });
        }

        /// <summary>A piece of the list of where each unit is, as JSON text.</summary>
        public string Places(uint piece)
        {
            UIntPtr size;
            var json = abi_.Units(bridge_, piece, &size);
            return Abi.Copy(new Text { Data = json, Size = size });
        }

        /// <summary>
        /// Fetches waiting events for at most PollMs. `tell` gets what came, of the CAD's events those for whose type `wants` is
        /// true.
        /// </summary>
        public void Poll(Func<string, bool> wants, Action<News> tell)
        {
            var until = Stopwatch.GetTimestamp() + Stopwatch.Frequency * PollMs / 1000;
            while (Fetch(wants, tell) && Pending && Stopwatch.GetTimestamp() < until)
            {
            }
        }

        /// <summary>The same for all waiting events, without a time limit: the last answers of a stopped bridge.</summary>
        public void Drain(Func<string, bool> wants, Action<News> tell)
        {
            while (Fetch(wants, tell))
            {
            }
        }

        // Fetches one piece; false when no event waited.
        private bool Fetch(Func<string, bool> wants, Action<News> tell)
        {
            for (var i = 0; i < PollEvents; i += 1)
            {
                events_[i].StructSize = (UIntPtr)(uint)sizeof(Event);
            }
            var count = (int)abi_.Poll(bridge_, events_, (UIntPtr)PollEvents);
            if (count == 0)
            {
                return false;
            }
            var told = new News();
            for (var i = 0; i < count; i += 1)
            {
                if (events_[i].Type == Abi.EventLog)
                {
                    told.Lines.Add(events_[i].Level);
                    told.Lines.Add(Abi.Copy(events_[i].Body));
                }
                else if (events_[i].Type == Abi.EventActiveUnits)
                {
                    told.Units.Add(Abi.Copy(events_[i].Body));
                }
                else if (events_[i].Type == Abi.EventState)
                {
                    told.Changes.Add(Abi.Copy(events_[i].Title));
                    told.Changes.Add(Abi.Copy(events_[i].Body));
                    told.Changes.Add(Abi.Copy(events_[i].Detail));
                }
                else if (events_[i].Type == Abi.EventPush)
                {
                    var type = Abi.Copy(events_[i].Title);
                    if (wants(type))
                    {
                        told.Pushed.Add(PushedOf(type, ref events_[i]));
                    }
                }
                else if (events_[i].Type == Abi.EventResponse)
                {
                    if (wanted_.Remove(events_[i].Ticket) || events_[i].Error != 0)
                    {
                        told.Answers.Add(AnswerOf(ref events_[i]));
                    }
                    else
                    {
                        told.Done.Add(base_ + (long)events_[i].Ticket);
                    }
                }
            }
            abi_.Release(bridge_);
            if (told.Any)
            {
                tell(told); // may close this session
            }
            return true;
        }

        private static IntPtr Replace(Abi abi, IDictionary<string, string> settings, IntPtr running, uint timeout_ms)
        {
            var bridge = IntPtr.Zero;
            WithSettings(abi, settings, (list, count, buffer) =>
            {
                IntPtr made;
                var code = abi.Replace(running, timeout_ms, list, count, &made, buffer, (UIntPtr)Abi.MessageSize, null);
                bridge = made;
                return code;
            });
            return bridge;
        }

        /// <summary>Checks whether these settings are trusted; throws a Refusal of the kind not_trusted when the console
        /// must confirm them first.</summary>
        public static void Admit(Abi abi, IDictionary<string, string> settings)
        {
            WithSettings(abi, settings, (list, count, buffer) => abi.Admit(list, count, buffer, (UIntPtr)Abi.MessageSize));
        }

        /// <summary>Confirms what Admit refused last: a host, or the name of a setting.</summary>
        public static void Trust(Abi abi, string what)
        {
            var message = new byte[Abi.MessageSize];
            using (var scratch = new Scratch())
            {
                scratch.Begin(Scratch.Room(what));
                fixed (byte* buffer = message)
                {
                    if (abi.Trust(scratch.Add(what), buffer, (UIntPtr)Abi.MessageSize) != Abi.Ok)
                    {
                        throw new Refusal(Abi.Copy((IntPtr)buffer), "not_trusted");
                    }
                }
            }
        }

        private delegate int SettingsAction(Setting* list, UIntPtr count, byte* buffer);

        private static void WithSettings(Abi abi, IDictionary<string, string> settings, SettingsAction act)
        {
            var room = 0;
            foreach (var pair in settings)
            {
                room += Scratch.Room(pair.Key) + Scratch.Room(pair.Value);
            }
            var list = new Setting[Math.Max(1, settings.Count)];
            var message = new byte[Abi.MessageSize];
            using (var scratch = new Scratch())
            {
                scratch.Begin(room);
                var count = 0;
                foreach (var pair in settings)
                {
                    list[count] = new Setting { Key = scratch.Add(pair.Key), Value = scratch.Add(pair.Value) };
                    count += 1;
                }
                fixed (Setting* first = list)
                fixed (byte* buffer = message)
                {
                    var code = act(first, (UIntPtr)(uint)count, buffer);
                    scratch.Wipe(); // it contained the key
                    if (code != Abi.Ok)
                    {
                        throw new Refusal(Abi.Copy((IntPtr)buffer), Abi.Copy(abi.CodeName(code)));
                    }
                }
            }
        }

        private static Dictionary<string, object> Failure(string kind, ref Event from)
        {
            var error = new Dictionary<string, object>
            {
                { "kind", kind },
                { "title", Abi.Copy(from.Title) },
                { "detail", Abi.Copy(from.Detail) },
            };
            if (from.TraceId.Size != UIntPtr.Zero)
            {
                error["traceId"] = Abi.Copy(from.TraceId);
            }
            if (from.RetryAfterMs != 0)
            {
                error["retryAfter_s"] = from.RetryAfterMs / 1000.0;
            }
            return error;
        }

        private static Dictionary<string, object> PushedOf(string type, ref Event from)
        {
            return new Dictionary<string, object>
            {
                { "event", type },
                { "body", Abi.Copy(from.Body) },
                { "json", from.BodyIsJson != 0 },
                { "bridge", from.FromBridge != 0 },
            };
        }

        private Dictionary<string, object> AnswerOf(ref Event from)
        {
            var value = new Dictionary<string, object>
            {
                { "ticket", base_ + (long)from.Ticket },
                { "ok", from.Error == 0 },
                { "status", from.HttpStatus },
                { "deduplicated", from.Deduplicated != 0 },
            };
            if (from.Error == 0)
            {
                value["body"] = Abi.Copy(from.Body);
                if (from.BodyIsJson != 0)
                {
                    value["json"] = true;
                }
            }
            else
            {
                value["error"] = Failure(Abi.Copy(abi_.ErrorName(from.Error)), ref from);
            }
            return value;
        }

        private long Keep(ulong ticket, bool wants)
        {
            if (wants)
            {
                wanted_[ticket] = true;
            }
            last_ = (long)ticket;
            return base_ + last_;
        }

        private void Demand(int code)
        {
            if (code != Abi.Ok)
            {
                throw new Refusal(Abi.Copy(abi_.LastError(bridge_)), Abi.Copy(abi_.CodeName(code)));
            }
        }

        private static int Length(byte[] bytes)
        {
            return bytes == null ? 0 : bytes.Length;
        }
    }
}
