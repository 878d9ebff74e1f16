// sonoran_bridge.h in C#: its structures and functions, and the check that a library has the same version.
using System;
using System.Runtime.InteropServices;

namespace SonoranBridge
{
    // tests/mono compares the size and the fields of each structure with those of the C header.

    [StructLayout(LayoutKind.Sequential)]
    internal struct Text
    {
        public IntPtr Data;
        public UIntPtr Size;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct Setting
    {
        public Text Key;
        public Text Value;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct SettingInfo
    {
        public UIntPtr StructSize;
        public IntPtr Name;
        public IntPtr Type;
        public IntPtr DefaultValue;
        public IntPtr Range;
        public IntPtr Sentence;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct Unsent
    {
        public UIntPtr StructSize;
        public ulong Panics;
        public ulong Statuses;
        public ulong Positions;
        public ulong Calls;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct CallOptions
    {
        public UIntPtr StructSize;
        public uint DeadlineMs;
        public Text Attachment;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct Position
    {
        public UIntPtr StructSize;
        public Text Unit;
        public double X;
        public double Y;
        public double Z;
        public double Heading;
        public Text Location;
        public Text Peer;
        public Text Vehicle;
        public Text Kind;
        public int Siren;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct UnitTexts
    {
        public UIntPtr StructSize;
        public Text Location;
        public Text Peer;
        public Text Vehicle;
        public Text Kind;
        public int Siren;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct Event
    {
        public UIntPtr StructSize;
        public int Type;
        public ulong Ticket;
        public int HttpStatus;
        public int Error;
        public int Deduplicated;
        public int Level;
        public Text Body;
        public Text Title;
        public Text Detail;
        public Text TraceId;
        public uint RetryAfterMs;
        public int BodyIsJson;
        public int FromBridge;
    }

    /// <summary>The functions of one library. Only the game thread may call them.</summary>
    internal sealed unsafe class Abi
    {
        public const int Version = 1; // SB_ABI_VERSION
        public const int MessageSize = 512; // SB_MESSAGE_SIZE

        public const int ArgumentsSize = 1048576; // SB_ARGUMENTS_SIZE
        public const int Row = 5; // SB_ROW
        public const uint NotKnown = uint.MaxValue; // SB_NOT_KNOWN

        public const int Ok = 0;

        public const int EventResponse = 1;
        public const int EventLog = 2;
        public const int EventActiveUnits = 3;
        public const int EventPush = 4;
        public const int EventState = 5;

        public const int PushSize = 1048576; // SB_PUSH_SIZE

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int AbiVersionFunction();

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate IntPtr VersionFunction();

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int SettingAtFunction(UIntPtr index, SettingInfo* info);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int ReplaceFunction(IntPtr running, uint timeout_ms, Setting* settings, UIntPtr count,
            IntPtr* bridge, byte* message, UIntPtr size, Unsent* unsent);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int AdmitFunction(Setting* settings, UIntPtr count, byte* message, UIntPtr size);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int TrustFunction(Text what, byte* message, UIntPtr size);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate IntPtr SettingValueFunction(IntPtr bridge, Text name);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int StopFunction(IntPtr bridge, uint timeout_ms, Unsent* unsent); // sb_stop and sb_destroy

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate IntPtr LastErrorFunction(IntPtr bridge);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int PushPositionsFunction(IntPtr bridge, Position* positions, UIntPtr count, UIntPtr* accepted);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int BindSlotFunction(IntPtr bridge, uint slot, Text unit);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int UnbindSlotFunction(IntPtr bridge, uint slot);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int DescribeSlotFunction(IntPtr bridge, uint slot, UnitTexts* texts);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int PushRowsFunction(IntPtr bridge, int* rows, UIntPtr count, UIntPtr* accepted);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int SetLocationFunction(IntPtr bridge, Text unit, Text text);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate UIntPtr TakeReadingsFunction(IntPtr bridge, int* slots, UIntPtr capacity);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int SetPanicFunction(IntPtr bridge, Text unit, int on, ulong* ticket);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int SetStatusFunction(IntPtr bridge, Text unit, int status, ulong* ticket);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int RemoveUnitFunction(IntPtr bridge, Text unit);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int HeartbeatFunction(IntPtr bridge, uint players);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int PushEventFunction(IntPtr bridge, Text pushed);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int CallFunction(IntPtr bridge, Text operation, Text arguments, CallOptions* options, ulong* ticket);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int CancelFunction(IntPtr bridge, ulong ticket);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate uint ExpectedWaitFunction(IntPtr bridge, Text operation);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int SetLogLevelFunction(IntPtr bridge, int level);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int DiagnoseFunction(IntPtr bridge, ulong* ticket);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int UnitStateFunction(IntPtr bridge, Text unit, ulong* ticket);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate IntPtr NameFunction(int number); // sb_code_name and sb_error_name

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate UIntPtr PollFunction(IntPtr bridge, Event* events, UIntPtr max);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate void ReleaseFunction(IntPtr bridge);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate IntPtr PendingAddressFunction(IntPtr bridge);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate IntPtr StatsFunction(IntPtr bridge, UIntPtr* size);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate IntPtr UnitsFunction(IntPtr bridge, uint piece, UIntPtr* size);

        public readonly VersionFunction LibraryVersion;
        public readonly SettingAtFunction SettingAt;
        public readonly ReplaceFunction Replace;
        public readonly AdmitFunction Admit;
        public readonly TrustFunction Trust;
        public readonly SettingValueFunction SettingValue;
        public readonly StopFunction Stop;
        public readonly StopFunction Destroy;
        public readonly LastErrorFunction LastError;
        public readonly PushPositionsFunction PushPositions;
        public readonly BindSlotFunction BindSlot;
        public readonly UnbindSlotFunction UnbindSlot;
        public readonly DescribeSlotFunction DescribeSlot;
        public readonly PushRowsFunction PushRows;
        public readonly SetLocationFunction SetLocation;
        public readonly TakeReadingsFunction TakeReadings;
        public readonly SetPanicFunction SetPanic;
        public readonly SetStatusFunction SetStatus;
        public readonly RemoveUnitFunction RemoveUnit;
        public readonly HeartbeatFunction Heartbeat;
        public readonly PushEventFunction PushEvent;
        public readonly CallFunction Call;
        public readonly CancelFunction Cancel;
        public readonly ExpectedWaitFunction ExpectedWait;
        public readonly SetLogLevelFunction SetLogLevel;
        public readonly DiagnoseFunction Diagnose;
        public readonly UnitStateFunction UnitState;
        public readonly NameFunction CodeName;
        public readonly NameFunction ErrorName;
        public readonly PollFunction Poll;
        public readonly ReleaseFunction Release;
        public readonly PendingAddressFunction PendingAddress;
        public readonly StatsFunction Stats;
        public readonly UnitsFunction Units;

        /// <summary>Throws a Refusal with a message when the library has another version, or lacks a function.</summary>
        public Abi(Library library)
        {
            var version = Bind<AbiVersionFunction>(library, "sb_abi_version")();
            if (version != Version)
            {
                throw new Refusal("The file " + library.Name + " speaks version " + version + " of the bridge's interface, "
                    + "and this resource version " + Version + "; unpack the whole package again.");
            }
            LibraryVersion = Bind<VersionFunction>(library, "sb_version");
            SettingAt = Bind<SettingAtFunction>(library, "sb_setting_at");
            Replace = Bind<ReplaceFunction>(library, "sb_replace");
            Admit = Bind<AdmitFunction>(library, "sb_admit");
            Trust = Bind<TrustFunction>(library, "sb_trust");
            SettingValue = Bind<SettingValueFunction>(library, "sb_setting_value");
            Stop = Bind<StopFunction>(library, "sb_stop");
            Destroy = Bind<StopFunction>(library, "sb_destroy");
            LastError = Bind<LastErrorFunction>(library, "sb_last_error");
            PushPositions = Bind<PushPositionsFunction>(library, "sb_push_positions");
            BindSlot = Bind<BindSlotFunction>(library, "sb_bind_slot");
            UnbindSlot = Bind<UnbindSlotFunction>(library, "sb_unbind_slot");
            DescribeSlot = Bind<DescribeSlotFunction>(library, "sb_describe_slot");
            PushRows = Bind<PushRowsFunction>(library, "sb_push_rows");
            SetLocation = Bind<SetLocationFunction>(library, "sb_set_location");
            TakeReadings = Bind<TakeReadingsFunction>(library, "sb_take_readings");
            SetPanic = Bind<SetPanicFunction>(library, "sb_set_panic");
            SetStatus = Bind<SetStatusFunction>(library, "sb_set_status");
            RemoveUnit = Bind<RemoveUnitFunction>(library, "sb_remove_unit");
            Heartbeat = Bind<HeartbeatFunction>(library, "sb_heartbeat");
            PushEvent = Bind<PushEventFunction>(library, "sb_push_event");
            Call = Bind<CallFunction>(library, "sb_call");
            Cancel = Bind<CancelFunction>(library, "sb_cancel");
            ExpectedWait = Bind<ExpectedWaitFunction>(library, "sb_expected_wait_ms");
            SetLogLevel = Bind<SetLogLevelFunction>(library, "sb_set_log_level");
            Diagnose = Bind<DiagnoseFunction>(library, "sb_diagnose");
            UnitState = Bind<UnitStateFunction>(library, "sb_unit_state");
            CodeName = Bind<NameFunction>(library, "sb_code_name");
            ErrorName = Bind<NameFunction>(library, "sb_error_name");
            Poll = Bind<PollFunction>(library, "sb_poll");
            Release = Bind<ReleaseFunction>(library, "sb_release");
            PendingAddress = Bind<PendingAddressFunction>(library, "sb_pending_address");
            Stats = Bind<StatsFunction>(library, "sb_stats");
            Units = Bind<UnitsFunction>(library, "sb_units");
        }

        /// <summary>Copies a NUL-terminated text of the library; null stays null.</summary>
        public static string Copy(IntPtr text)
        {
            if (text == IntPtr.Zero)
            {
                return null;
            }
            var size = 0;
            while (((byte*)text)[size] != 0)
            {
                size += 1;
            }
            return Copy(new Text { Data = text, Size = (UIntPtr)(uint)size });
        }

        public static string Copy(Text text)
        {
            var size = (int)text.Size;
            if (size == 0)
            {
                return "";
            }
            var bytes = new byte[size];
            Marshal.Copy(text.Data, bytes, 0, size);
            return System.Text.Encoding.UTF8.GetString(bytes);
        }

        private static T Bind<T>(Library library, string name) where T : class
        {
            var address = library.Find(name);
            if (address == IntPtr.Zero)
            {
                throw new Refusal("The file " + library.Name + " has no function " + name
                    + "; it belongs to another version, so unpack the whole package again.");
            }
            return (T)(object)Marshal.GetDelegateForFunctionPointer(address, typeof(T));
        }
    }
}
