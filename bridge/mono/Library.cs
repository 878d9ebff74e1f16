// A native library, opened by its absolute path. An ordinary DllImport does not work: a script is loaded from bytes, so the
// runtime does not know the folder of its resource.
using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;

namespace SonoranBridge
{
    /// <summary>
    /// It is never closed. A bridge that has ended may still have a lookup of a host name in a thread of its own, and that
    /// thread needs the code. Opening the same file again gives the same library.
    /// </summary>
    internal sealed class Library
    {
        /// <summary>The file's name for messages: bin/linux-x64/libsonoran_bridge.so.</summary>
        public readonly string Name;

        private readonly ILoader loader_;
        private readonly IntPtr handle_;

        /// <summary>Throws a Refusal with a message when the library is missing or does not open.</summary>
        public Library(string folder, string resource)
        {
            var windows = Environment.OSVersion.Platform == PlatformID.Win32NT;
            var again = "; unpack the whole package into resources/" + resource + " again.";
            var platform = windows ? "win32-x64" : "linux-x64";
            Name = "bin/" + platform + (windows ? "/sonoran_bridge.dll" : "/libsonoran_bridge.so");
            if (IntPtr.Size != 8)
            {
                throw new Refusal("This server is a 32-bit program; the bridge runs on linux-x64 and win32-x64.");
            }
            var file = Path.Combine(folder, Name.Replace('/', Path.DirectorySeparatorChar));
            if (!File.Exists(file))
            {
                throw new Refusal("The file " + Name + " is missing" + again);
            }
            loader_ = windows ? new WindowsLoader() : FindLoader();
            string reason;
            handle_ = loader_.Open(file, out reason);
            if (handle_ == IntPtr.Zero)
            {
                throw new Refusal(WrongC(file, reason) ?? "The native file " + Name + " could not be opened ("
                    + reason.Replace(file, Name) + ")" + again);
            }
        }

        /// <summary>The address of a function, or Zero.</summary>
        public IntPtr Find(string name)
        {
            return loader_.Find(handle_, name);
        }

        // Whether the file was built for another C library than this process has. The two word their errors differently.
        private string WrongC(string file, string reason)
        {
            var built = Encoding.ASCII.GetString(File.ReadAllBytes(file));
            var glibc = built.IndexOf("\0libc.so.6\0", StringComparison.Ordinal) >= 0;
            var musl = !glibc && (built.IndexOf("\0libc.so\0", StringComparison.Ordinal) >= 0
                || built.IndexOf("\0libc.musl-", StringComparison.Ordinal) >= 0);
            var here = reason.StartsWith("Error loading", StringComparison.Ordinal)
                || reason.StartsWith("Error relocating", StringComparison.Ordinal) ? "musl" : "glibc";
            var there = glibc ? "glibc" : musl ? "musl" : here;
            return there == here ? null : "The native file " + Name + " was built for the C library " + there
                + ", but this server has " + here + "; get the package for " + here + ".";
        }

        // Which library has dlopen depends on the C library; the first name that works is used.
        private static ILoader FindLoader()
        {
            foreach (var loader in new[]
            {
                new PosixLoader(Process.dlopen, Process.dlsym, Process.dlerror),
                new PosixLoader(Libc.dlopen, Libc.dlsym, Libc.dlerror),
                new PosixLoader(Libdl.dlopen, Libdl.dlsym, Libdl.dlerror),
            })
            {
                try
                {
                    // Also makes the runtime find dlerror now: finding it later would overwrite the error.
                    loader.Find(IntPtr.Zero, "sb_abi_version");
                    return loader;
                }
                catch (DllNotFoundException)
                {
                }
                catch (EntryPointNotFoundException)
                {
                }
            }
            throw new Refusal("This server's Mono finds no dlopen in the process, libc or libdl, so it cannot open native files.");
        }

        private interface ILoader
        {
            /// <summary>A handle; or Zero, and the system's reason.</summary>
            IntPtr Open(string file, out string reason);

            IntPtr Find(IntPtr handle, string name);
        }

        private const int Now = 2; // RTLD_NOW, and RTLD_LOCAL, which is 0

        private static class Process
        {
            [DllImport("__Internal")]
            public static extern IntPtr dlopen(string file, int flags);

            [DllImport("__Internal")]
            public static extern IntPtr dlsym(IntPtr handle, string name);

            [DllImport("__Internal")]
            public static extern IntPtr dlerror();
        }

        private static class Libc
        {
            [DllImport("libc")]
            public static extern IntPtr dlopen(string file, int flags);

            [DllImport("libc")]
            public static extern IntPtr dlsym(IntPtr handle, string name);

            [DllImport("libc")]
            public static extern IntPtr dlerror();
        }

        private static class Libdl
        {
            [DllImport("libdl.so.2")]
            public static extern IntPtr dlopen(string file, int flags);

            [DllImport("libdl.so.2")]
            public static extern IntPtr dlsym(IntPtr handle, string name);

            [DllImport("libdl.so.2")]
            public static extern IntPtr dlerror();
        }

        private sealed class PosixLoader : ILoader
        {
            private readonly Func<string, int, IntPtr> open_;
            private readonly Func<IntPtr, string, IntPtr> find_;
            private readonly Func<IntPtr> error_;

            public PosixLoader(Func<string, int, IntPtr> open, Func<IntPtr, string, IntPtr> find, Func<IntPtr> error)
            {
                open_ = open;
                find_ = find;
                error_ = error;
            }

            public IntPtr Open(string file, out string reason)
            {
                var handle = open_(file, Now);
                reason = handle == IntPtr.Zero ? Abi.Copy(error_()) ?? "no reason given" : null;
                return handle;
            }

            public IntPtr Find(IntPtr handle, string name)
            {
                var address = find_(handle, name);
                error_();
                return address;
            }
        }

        private sealed class WindowsLoader : ILoader
        {
            [DllImport("kernel32", CharSet = CharSet.Unicode, ExactSpelling = true, SetLastError = true)]
            private static extern IntPtr LoadLibraryW(string file);

            [DllImport("kernel32", CharSet = CharSet.Ansi, ExactSpelling = true)]
            private static extern IntPtr GetProcAddress(IntPtr module, string name);

            public IntPtr Open(string file, out string reason)
            {
                var handle = LoadLibraryW(file);
                reason = handle == IntPtr.Zero ? "error " + Marshal.GetLastWin32Error() + " of Windows" : null;
                return handle;
            }

            public IntPtr Find(IntPtr handle, string name)
            {
                return GetProcAddress(handle, name);
            }
        }
    }
}
