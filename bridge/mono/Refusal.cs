using System;

namespace SonoranBridge
{
    /// <summary>A call that is not done: a message for people, and the kind of the error where it has one.</summary>
    internal sealed class Refusal : Exception
    {
        public readonly string Kind;

        public Refusal(string message, string kind = null) : base(message)
        {
            Kind = kind;
        }
    }
}
