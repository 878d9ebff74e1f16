// MessagePack as the game server's C# runtime has it: which type a value becomes on its way in, and which types it takes
// on the way out.
using System;
using System.Collections;
using System.Collections.Generic;
using System.Dynamic;
using System.IO;
using System.Text;

namespace CitizenFX.Core
{
    public static class MsgPack
    {
        /// <summary>Makes a delegate of a function's reference, and a reference of a delegate.</summary>
        public interface IFunctions
        {
            object Callable(string reference);

            string Reference(Delegate function);
        }

        public static byte[] Pack(object value, IFunctions functions = null)
        {
            var stream = new MemoryStream();
            Write(stream, value, functions);
            return stream.ToArray();
        }

        public static object Unpack(byte[] data, IFunctions functions = null)
        {
            return Read(new BinaryReader(new MemoryStream(data)), functions);
        }

        private static void Number(Stream to, byte lead, ulong value, int bytes)
        {
            to.WriteByte(lead);
            for (var i = bytes - 1; i >= 0; i -= 1)
            {
                to.WriteByte((byte)(value >> (8 * i)));
            }
        }

        private static void Head(Stream to, int count, int fix, int most, byte wide16, byte wide32)
        {
            if (count <= most)
            {
                to.WriteByte((byte)(fix | count));
            }
            else if (count <= 0xffff)
            {
                Number(to, wide16, (ulong)count, 2);
            }
            else
            {
                Number(to, wide32, (ulong)count, 4);
            }
        }

        private static void Integer(Stream to, long value)
        {
            if (value >= 0)
            {
                if (value < 0x80)
                {
                    to.WriteByte((byte)value);
                }
                else if (value <= 0xff)
                {
                    Number(to, 0xcc, (ulong)value, 1);
                }
                else if (value <= 0xffff)
                {
                    Number(to, 0xcd, (ulong)value, 2);
                }
                else if (value <= 0xffffffff)
                {
                    Number(to, 0xce, (ulong)value, 4);
                }
                else
                {
                    Number(to, 0xcf, (ulong)value, 8);
                }
            }
            else if (value >= -32)
            {
                to.WriteByte((byte)value);
            }
            else if (value >= sbyte.MinValue)
            {
                Number(to, 0xd0, (ulong)value, 1);
            }
            else if (value >= short.MinValue)
            {
                Number(to, 0xd1, (ulong)value, 2);
            }
            else if (value >= int.MinValue)
            {
                Number(to, 0xd2, (ulong)value, 4);
            }
            else
            {
                Number(to, 0xd3, (ulong)value, 8);
            }
        }

        private static void Write(Stream to, object value, IFunctions functions)
        {
            if (value == null)
            {
                to.WriteByte(0xc0);
            }
            else if (value is bool)
            {
                to.WriteByte((bool)value ? (byte)0xc3 : (byte)0xc2);
            }
            else if (value is float || value is double)
            {
                Number(to, 0xcb, (ulong)BitConverter.DoubleToInt64Bits(Convert.ToDouble(value)), 8);
            }
            else if (value is ulong)
            {
                Number(to, 0xcf, (ulong)value, 8);
            }
            else if (value is sbyte || value is byte || value is short || value is ushort || value is int || value is uint
                || value is long)
            {
                Integer(to, Convert.ToInt64(value));
            }
            else if (value is string)
            {
                var bytes = Encoding.UTF8.GetBytes((string)value);
                if (bytes.Length < 32)
                {
                    to.WriteByte((byte)(0xa0 | bytes.Length));
                }
                else if (bytes.Length <= 0xff)
                {
                    Number(to, 0xd9, (ulong)bytes.Length, 1);
                }
                else
                {
                    Number(to, bytes.Length <= 0xffff ? (byte)0xda : (byte)0xdb, (ulong)bytes.Length,
                        bytes.Length <= 0xffff ? 2 : 4);
                }
                to.Write(bytes, 0, bytes.Length);
            }
            else if (value is byte[])
            {
                var bytes = (byte[])value;
                Number(to, 0xc6, (ulong)bytes.Length, 4);
                to.Write(bytes, 0, bytes.Length);
            }
            else if (value is IDictionary<string, object>)
            {
                var map = (IDictionary<string, object>)value;
                Head(to, map.Count, 0x80, 15, 0xde, 0xdf);
                foreach (var pair in map)
                {
                    Write(to, pair.Key, functions);
                    Write(to, pair.Value, functions);
                }
            }
            else if (value is IList)
            {
                var list = (IList)value;
                Head(to, list.Count, 0x90, 15, 0xdc, 0xdd);
                foreach (var one in list)
                {
                    Write(to, one, functions);
                }
            }
            else if (value is Delegate)
            {
                var bytes = Encoding.UTF8.GetBytes(functions.Reference((Delegate)value));
                Number(to, 0xc7, (ulong)bytes.Length, 1);
                to.WriteByte(10);
                to.Write(bytes, 0, bytes.Length);
            }
            else
            {
                throw new ArgumentException("cannot pack a " + value.GetType().FullName);
            }
        }

        private static ulong Big(BinaryReader from, int bytes)
        {
            ulong value = 0;
            for (var i = 0; i < bytes; i += 1)
            {
                value = value << 8 | from.ReadByte();
            }
            return value;
        }

        private static object List(BinaryReader from, int count, IFunctions functions)
        {
            var list = new List<object>();
            for (var i = 0; i < count; i += 1)
            {
                list.Add(Read(from, functions));
            }
            return list;
        }

        private static object Map(BinaryReader from, int count, IFunctions functions)
        {
            var map = (IDictionary<string, object>)new ExpandoObject();
            for (var i = 0; i < count; i += 1)
            {
                var key = Read(from, functions).ToString();
                map[key] = Read(from, functions);
            }
            return map;
        }

        private static object Str(BinaryReader from, int size)
        {
            return Encoding.UTF8.GetString(from.ReadBytes(size));
        }

        private static object Extension(BinaryReader from, int size, IFunctions functions)
        {
            var type = from.ReadByte();
            var bytes = from.ReadBytes(size);
            if (type == 10 || type == 11)
            {
                return functions.Callable(Encoding.UTF8.GetString(bytes));
            }
            throw new InvalidOperationException("extension " + type + " is not handled here");
        }

        private static object Read(BinaryReader from, IFunctions functions)
        {
            var lead = from.ReadByte();
            if (lead < 0x80)
            {
                return (int)lead;
            }
            if (lead < 0x90)
            {
                return Map(from, lead & 15, functions);
            }
            if (lead < 0xa0)
            {
                return List(from, lead & 15, functions);
            }
            if (lead < 0xc0)
            {
                return Str(from, lead & 31);
            }
            if (lead > 0xdf)
            {
                return lead - 256;
            }
            switch (lead)
            {
                case 0xc0: return null;
                case 0xc2: return false;
                case 0xc3: return true;
                case 0xc4: return from.ReadBytes((int)Big(from, 1));
                case 0xc5: return from.ReadBytes((int)Big(from, 2));
                case 0xc6: return from.ReadBytes((int)Big(from, 4));
                case 0xc7: return Extension(from, (int)Big(from, 1), functions);
                case 0xc8: return Extension(from, (int)Big(from, 2), functions);
                case 0xc9: return Extension(from, (int)Big(from, 4), functions);
                case 0xca: return BitConverter.ToSingle(BitConverter.GetBytes((uint)Big(from, 4)), 0);
                case 0xcb: return BitConverter.Int64BitsToDouble((long)Big(from, 8));
                case 0xcc: return (byte)Big(from, 1);
                case 0xcd: return (ushort)Big(from, 2);
                case 0xce: return (uint)Big(from, 4);
                case 0xcf: return Big(from, 8);
                case 0xd0: return (sbyte)Big(from, 1);
                case 0xd1: return (short)Big(from, 2);
                case 0xd2: return (int)Big(from, 4);
                case 0xd3: return (long)Big(from, 8);
                case 0xd4: return Extension(from, 1, functions);
                case 0xd5: return Extension(from, 2, functions);
                case 0xd6: return Extension(from, 4, functions);
                case 0xd7: return Extension(from, 8, functions);
                case 0xd8: return Extension(from, 16, functions);
                case 0xd9: return Str(from, (int)Big(from, 1));
                case 0xda: return Str(from, (int)Big(from, 2));
                case 0xdb: return Str(from, (int)Big(from, 4));
                case 0xdc: return List(from, (int)Big(from, 2), functions);
                case 0xdd: return List(from, (int)Big(from, 4), functions);
                case 0xde: return Map(from, (int)Big(from, 2), functions);
                case 0xdf: return Map(from, (int)Big(from, 4), functions);
                default: throw new InvalidOperationException("no MessagePack begins with " + lead);
            }
        }
    }
}
