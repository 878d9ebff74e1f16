// Converts values from Lua. The game server's msgpack gives each number the narrowest type that fits.
using System;
using System.Collections.Generic;

namespace SonoranBridge
{
    internal static class Values
    {
        private static readonly object[] None = new object[0];

        /// <summary>A whole number; throws a Refusal for anything else.</summary>
        public static int Whole(object value)
        {
            // First the types of positions. None of these casts allocates.
            if (value is int)
            {
                return (int)value;
            }
            if (value is short)
            {
                return (short)value;
            }
            if (value is ushort)
            {
                return (ushort)value;
            }
            if (value is byte)
            {
                return (byte)value;
            }
            if (value is sbyte)
            {
                return (sbyte)value;
            }
            var number = Number(value);
            if (number >= int.MinValue && number <= int.MaxValue && Math.Floor(number) == number)
            {
                return (int)number;
            }
            throw new Refusal("Slots, positions and states are whole numbers of 32 bits.");
        }

        /// <summary>A number; NaN for anything else, which the library then refuses by name.</summary>
        public static double Number(object value)
        {
            return value is string || value is bool || !(value is IConvertible) ? double.NaN : Convert.ToDouble(value);
        }

        /// <summary>A text; null for anything else: Lua's false stands for "not given".</summary>
        public static string Text(object value)
        {
            return value as string;
        }

        /// <summary>A truth value: nil and false are false, and so is zero, as in JavaScript's door.</summary>
        public static bool Truth(object value)
        {
            return value != null && !false.Equals(value) && Number(value) != 0;
        }

        /// <summary>A list; an empty one for anything else, such as the empty map that an empty table may become.</summary>
        public static IList<object> List(object value)
        {
            return value as IList<object> ?? None;
        }
    }
}
