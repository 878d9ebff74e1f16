// Unmanaged memory for the texts of one call.
using System;
using System.Runtime.InteropServices;
using System.Text;

namespace SonoranBridge
{
    /// <summary>
    /// It grows to the size of the largest call and is reused, so in steady state nothing is allocated. A text is valid until
    /// Begin. The library copies its arguments, so nothing needs to live longer.
    /// </summary>
    internal sealed unsafe class Scratch : IDisposable
    {
        private const int First = 4096;

        private IntPtr memory_ = Marshal.AllocHGlobal(First);
        private int size_ = First;
        private int used_;

        /// <summary>Discards the texts of the previous call and makes room for `bytes`. Texts never move in between.</summary>
        public void Begin(int bytes)
        {
            used_ = 0;
            if (bytes <= size_)
            {
                return;
            }
            Marshal.FreeHGlobal(memory_);
            memory_ = IntPtr.Zero;
            size_ = 0;
            var size = Math.Max(bytes, First) * 2;
            memory_ = Marshal.AllocHGlobal(size);
            size_ = size;
        }

        /// <summary>The bytes that a text may take; 0 for null.</summary>
        public static int Room(string text)
        {
            return text == null ? 0 : Encoding.UTF8.GetMaxByteCount(text.Length);
        }

        /// <summary>A text as UTF-8; null is "not given".</summary>
        public Text Add(string text)
        {
            if (text == null)
            {
                return new Text();
            }
            var at = (byte*)memory_ + used_;
            int written;
            fixed (char* from = text)
            {
                written = text.Length == 0 ? 0 : Encoding.UTF8.GetBytes(from, text.Length, at, size_ - used_);
            }
            used_ += written;
            return new Text { Data = (IntPtr)at, Size = (UIntPtr)(uint)written };
        }

        public Text Add(byte[] bytes)
        {
            if (bytes == null)
            {
                return new Text();
            }
            if (bytes.Length > size_ - used_)
            {
                throw new InvalidOperationException("the scratch memory was begun too small");
            }
            var at = (byte*)memory_ + used_;
            Marshal.Copy(bytes, 0, (IntPtr)at, bytes.Length);
            used_ += bytes.Length;
            return new Text { Data = (IntPtr)at, Size = (UIntPtr)(uint)bytes.Length };
        }

        /// <summary>Overwrites the memory, for secret texts.</summary>
        public void Wipe()
        {
            for (var i = 0; i < used_; i += 1)
            {
                ((byte*)memory_)[i] = 0;
            }
            used_ = 0;
        }

        public void Dispose()
        {
            Marshal.FreeHGlobal(memory_);
            memory_ = IntPtr.Zero;
            size_ = 0;
        }
    }
}
