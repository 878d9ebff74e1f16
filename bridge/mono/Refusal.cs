using System;

namespace SonoranBridge
{
    /// <summary>A refused call: a message for people, and the kind of the error, if any.</summary>
    internal sealed class Refusal : Exception
    {
        public readonly string Kind;

        public Refusal(string message, string kind = null) : base(message)
        {
            Kind = kind;
        }
    }
}
