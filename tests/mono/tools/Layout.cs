// layout: prints where Mono puts the fields of bridge/mono/Abi.cs, under the header's names, as layout.c does.
using System;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using SonoranBridge;

internal static class Layout
{
    private static void Main()
    {
        foreach (var type in new[] { typeof(CallOptions), typeof(Event), typeof(Position), typeof(Setting), typeof(SettingInfo), typeof(Text), typeof(UnitTexts), typeof(Unsent) })
        {
            Console.WriteLine("sb_{0} {1}", Snake(type.Name), Marshal.SizeOf(type));
            foreach (var field in type.GetFields().OrderBy(field => (int)Marshal.OffsetOf(type, field.Name)))
            {
                Console.WriteLine("sb_{0}.{1} {2}", Snake(type.Name), Snake(field.Name), Marshal.OffsetOf(type, field.Name));
            }
        }
        Console.WriteLine("SB_ABI_VERSION {0}", Abi.Version);
        Console.WriteLine("SB_MESSAGE_SIZE {0}", Abi.MessageSize);
        Console.WriteLine("SB_ARGUMENTS_SIZE {0}", Abi.ArgumentsSize);
        Console.WriteLine("SB_ROW {0}", Abi.Row);
        Console.WriteLine("SB_NOT_KNOWN {0}", Abi.NotKnown);
        Console.WriteLine("SB_EVENT_RESPONSE {0}", Abi.EventResponse);
        Console.WriteLine("SB_EVENT_LOG {0}", Abi.EventLog);
    }

    private static string Snake(string name)
    {
        return Regex.Replace(name, "(?<!^)[A-Z]", "_$0").ToLowerInvariant();
    }
}
