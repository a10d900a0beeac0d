//! The places of the database that hold sealed values.

use super::class::Class;

/// A column that holds sealed values. Its number is part of what a value is bound to and never changes;
/// a number that is no longer used stays reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum Slot {
    /// A wrapped data key (`data_keys.wrapped`), sealed under a cohort key.
    DataKey = 1,
    /// `accounts.email`
    AccountEmail = 10,
    /// `sign_ins.email`
    SignInEmail = 11,
    /// `members.name`
    MemberName = 20,
    /// `members.pronouns`
    MemberPronouns = 21,
    /// `members.email`
    MemberEmail = 22,
    /// `members.location`
    MemberLocation = 23,
    /// `members.ip`
    MemberIp = 24,
    /// `members.github_username`
    MemberGithubUsername = 25,
    /// `members.social_usernames`
    MemberSocialUsernames = 26,
    /// `answers.value`
    AnswerValue = 30,
    /// `staff.name`
    StaffName = 40,
    /// `staff.email`
    StaffEmail = 41,
    /// `audit_reasons.reason`
    AuditReason = 50,
    /// `access_log.entries`
    AccessLogEntries = 60,
    /// `assessors.name`
    AssessorName = 42,
    /// `assessors.email`
    AssessorEmail = 43,
    /// `sessions.device`
    SessionDevice = 44,
    /// `challenges.state`
    ChallengeState = 70,
    /// `passkeys.name`
    PasskeyName = 71,
    /// `passkeys.credential`
    PasskeyCredential = 72,
    /// `passwords.hash`
    PasswordHash = 73,
    /// `passwords.totp`
    PasswordTotp = 74,
    /// `organisation_links.subject`
    OrganisationSubject = 75,
    /// `github_accounts.github_id`
    GithubId = 80,
    /// `github_accounts.username`
    GithubUsername = 81,
    /// `sign_ins.github_id`
    SignInGithubId = 82,
    /// `sign_ins.github_username`
    SignInGithubUsername = 83,
    /// `members.github_id`
    MemberGithubId = 84,
    /// `address_changes.old_email`
    AddressChangeOld = 85,
    /// `address_changes.new_email`
    AddressChangeNew = 86,
    /// `address_changes.checked`
    AddressChangeChecked = 87,
    /// `packet_fields.value`
    PacketFieldValue = 90,
    /// `scores.points`
    ScorePoints = 91,
    /// `scores.comment`
    ScoreComment = 92,
    /// `assessor_questions.body`
    AssessorQuestionBody = 93,
    /// `assessor_questions.answer`
    AssessorQuestionAnswer = 94,
    /// `preparations.work`
    PreparationWork = 95,
    /// `conflicts.note`
    ConflictNote = 96,
    /// `staff_scores.points`
    StaffScorePoints = 97,
    /// `staff_scores.comment`
    StaffScoreComment = 98,
    /// `notes.body`
    NoteBody = 99,
    /// `assessors.tags`
    AssessorTags = 100,
    /// `files.about`
    FileAbout = 101,
    /// `files.content`
    FileContent = 102,
    /// `redactions.about`
    RedactionAbout = 103,
    /// `redactions.content`
    RedactionContent = 104,
    /// `packet_files.about`
    PacketFileAbout = 105,
    /// `packet_files.content`
    PacketFileContent = 106,
}

/// How a value is padded before it is sealed, since a length tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// Always of one length, which is public: a key.
    None,
    /// To the smallest of 64, 128, 256, 512 … bytes that holds it, but at least to this.
    AtLeast(usize),
}

impl Slot {
    /// Every slot.
    pub const ALL: [Self; 49] = [
        Self::DataKey,
        Self::AccountEmail,
        Self::SignInEmail,
        Self::MemberName,
        Self::MemberPronouns,
        Self::MemberEmail,
        Self::MemberLocation,
        Self::MemberIp,
        Self::MemberGithubUsername,
        Self::MemberSocialUsernames,
        Self::AnswerValue,
        Self::StaffName,
        Self::StaffEmail,
        Self::AuditReason,
        Self::AccessLogEntries,
        Self::AssessorName,
        Self::AssessorEmail,
        Self::SessionDevice,
        Self::ChallengeState,
        Self::PasskeyName,
        Self::PasskeyCredential,
        Self::PasswordHash,
        Self::PasswordTotp,
        Self::OrganisationSubject,
        Self::GithubId,
        Self::GithubUsername,
        Self::SignInGithubId,
        Self::SignInGithubUsername,
        Self::MemberGithubId,
        Self::AddressChangeOld,
        Self::AddressChangeNew,
        Self::AddressChangeChecked,
        Self::PacketFieldValue,
        Self::ScorePoints,
        Self::ScoreComment,
        Self::AssessorQuestionBody,
        Self::AssessorQuestionAnswer,
        Self::PreparationWork,
        Self::ConflictNote,
        Self::StaffScorePoints,
        Self::StaffScoreComment,
        Self::NoteBody,
        Self::AssessorTags,
        Self::FileAbout,
        Self::FileContent,
        Self::RedactionAbout,
        Self::RedactionContent,
        Self::PacketFileAbout,
        Self::PacketFileContent,
    ];

    /// The number that values are bound to.
    #[must_use]
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The table and the column.
    #[must_use]
    pub const fn column(self) -> (&'static str, &'static str) {
        match self {
            Self::DataKey => ("data_keys", "wrapped"),
            Self::AccountEmail => ("accounts", "email"),
            Self::SignInEmail => ("sign_ins", "email"),
            Self::MemberName => ("members", "name"),
            Self::MemberPronouns => ("members", "pronouns"),
            Self::MemberEmail => ("members", "email"),
            Self::MemberLocation => ("members", "location"),
            Self::MemberIp => ("members", "ip"),
            Self::MemberGithubUsername => ("members", "github_username"),
            Self::MemberSocialUsernames => ("members", "social_usernames"),
            Self::AnswerValue => ("answers", "value"),
            Self::StaffName => ("staff", "name"),
            Self::StaffEmail => ("staff", "email"),
            Self::AuditReason => ("audit_reasons", "reason"),
            Self::AccessLogEntries => ("access_log", "entries"),
            Self::AssessorName => ("assessors", "name"),
            Self::AssessorEmail => ("assessors", "email"),
            Self::SessionDevice => ("sessions", "device"),
            Self::ChallengeState => ("challenges", "state"),
            Self::PasskeyName => ("passkeys", "name"),
            Self::PasskeyCredential => ("passkeys", "credential"),
            Self::PasswordHash => ("passwords", "hash"),
            Self::PasswordTotp => ("passwords", "totp"),
            Self::OrganisationSubject => ("organisation_links", "subject"),
            Self::GithubId => ("github_accounts", "github_id"),
            Self::GithubUsername => ("github_accounts", "username"),
            Self::SignInGithubId => ("sign_ins", "github_id"),
            Self::SignInGithubUsername => ("sign_ins", "github_username"),
            Self::MemberGithubId => ("members", "github_id"),
            Self::AddressChangeOld => ("address_changes", "old_email"),
            Self::AddressChangeNew => ("address_changes", "new_email"),
            Self::AddressChangeChecked => ("address_changes", "checked"),
            Self::PacketFieldValue => ("packet_fields", "value"),
            Self::ScorePoints => ("scores", "points"),
            Self::ScoreComment => ("scores", "comment"),
            Self::AssessorQuestionBody => ("assessor_questions", "body"),
            Self::AssessorQuestionAnswer => ("assessor_questions", "answer"),
            Self::PreparationWork => ("preparations", "work"),
            Self::ConflictNote => ("conflicts", "note"),
            Self::StaffScorePoints => ("staff_scores", "points"),
            Self::StaffScoreComment => ("staff_scores", "comment"),
            Self::NoteBody => ("notes", "body"),
            Self::AssessorTags => ("assessors", "tags"),
            Self::FileAbout => ("files", "about"),
            Self::FileContent => ("files", "content"),
            Self::RedactionAbout => ("redactions", "about"),
            Self::RedactionContent => ("redactions", "content"),
            Self::PacketFileAbout => ("packet_files", "about"),
            Self::PacketFileContent => ("packet_files", "content"),
        }
    }

    /// The class of its values; none for what is kept in every class.
    #[must_use]
    pub const fn class(self) -> Option<Class> {
        match self {
            Self::DataKey
            | Self::SessionDevice
            | Self::ChallengeState
            | Self::PasskeyName
            | Self::PasskeyCredential
            | Self::GithubId
            | Self::GithubUsername => None,
            Self::SignInEmail
            | Self::AccountEmail
            | Self::MemberName
            | Self::MemberPronouns
            | Self::MemberEmail
            | Self::MemberLocation
            | Self::MemberIp
            | Self::MemberGithubUsername
            | Self::MemberSocialUsernames
            | Self::SignInGithubId
            | Self::SignInGithubUsername
            | Self::MemberGithubId
            | Self::AddressChangeOld
            | Self::AddressChangeNew
            | Self::AddressChangeChecked
            | Self::AnswerValue
            | Self::AuditReason
            | Self::PreparationWork
            | Self::ConflictNote
            | Self::StaffScorePoints
            | Self::StaffScoreComment
            | Self::NoteBody
            | Self::FileAbout
            | Self::FileContent
            | Self::RedactionAbout
            | Self::RedactionContent => Some(Class::Personal),
            Self::PacketFieldValue
            | Self::ScorePoints
            | Self::ScoreComment
            | Self::AssessorQuestionBody
            | Self::AssessorQuestionAnswer
            | Self::PacketFileAbout
            | Self::PacketFileContent => Some(Class::Packet),
            Self::StaffName
            | Self::StaffEmail
            | Self::PasswordHash
            | Self::PasswordTotp
            | Self::OrganisationSubject => Some(Class::Staff),
            Self::AccessLogEntries => Some(Class::Log),
            Self::AssessorName | Self::AssessorEmail | Self::AssessorTags => Some(Class::Assessor),
        }
    }

    /// Whether values of a class may lie there.
    #[must_use]
    pub fn takes(self, class: Class) -> bool {
        match self.class() {
            Some(own) => own == class,
            // A wrapped data key is sealed by the keyring alone.
            None => self != Self::DataKey,
        }
    }

    /// How its values are padded.
    #[must_use]
    pub const fn padding(self) -> Padding {
        match self {
            Self::DataKey => Padding::None,
            // A yes or no must not be told from a sentence, nor a short line from a longer one.
            Self::AnswerValue | Self::PacketFieldValue => Padding::AtLeast(128),
            // How much was found in an application is told to staff alone.
            Self::PreparationWork => Padding::AtLeast(512),
            // Whether somebody wrote a comment is not told by its length.
            Self::ScoreComment | Self::StaffScoreComment => Padding::AtLeast(256),
            // The name of a file, or what it is called for assessors, and its size.
            Self::FileAbout | Self::RedactionAbout | Self::PacketFileAbout => Padding::AtLeast(256),
            // A size to the byte would tell which file it is to whoever has it as well.
            Self::FileContent | Self::RedactionContent | Self::PacketFileContent => {
                Padding::AtLeast(16 * 1024)
            }
            // How many requests are in a batch stands beside it; how long their lines are does not.
            Self::AccessLogEntries => Padding::AtLeast(1024),
            _ => Padding::AtLeast(64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_columns_are_unique() {
        for (position, slot) in Slot::ALL.iter().enumerate() {
            for other in Slot::ALL.iter().skip(position + 1) {
                assert_ne!(slot.number(), other.number());
                assert_ne!(slot.column(), other.column());
            }
        }
    }
}
