//! A mail service that keeps what it is handed.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use async_trait::async_trait;
use hanzo_iam::{
    core::message::{Channel, Message},
    ports::{MessageError, Messages},
};

use crate::world::World;

/// A mail service that keeps what it is handed.
#[derive(Default)]
pub struct Mailbox {
    pub messages: RefCell<Vec<Message>>,
    pub is_down: Cell<bool>,
}

#[async_trait(?Send)]
impl Messages for Mailbox {
    fn carries(&self, _: Channel) -> bool {
        true
    }

    async fn send(&self, message: &Message) -> Result<(), MessageError> {
        if self.is_down.get() {
            return Err(MessageError("down".to_owned()));
        }
        self.messages.borrow_mut().push(message.clone());
        Ok(())
    }
}

impl Mailbox {
    pub fn of(world: &mut World) -> Rc<Self> {
        let mailbox = Rc::new(Self::default());
        world.origin.messages = Rc::clone(&mailbox) as _;
        mailbox
    }

    pub fn last_code(&self) -> String {
        let messages = self.messages.borrow();
        let text = messages.last().unwrap().text();
        let code = text.lines().find_map(|line| line.strip_prefix("Code: ")).unwrap();
        code.to_owned()
    }

    /// How many messages there are.
    pub fn count(&self) -> usize {
        self.messages.borrow().len()
    }

    /// The last message.
    pub fn last(&self) -> Message {
        self.messages.borrow().last().cloned().unwrap()
    }

    /// The address of the link in the last message.
    pub fn last_link(&self) -> String {
        let message = self.last();
        let line = message.text().lines().find(|line| line.starts_with("https://"));
        line.unwrap().strip_prefix(crate::world::ISSUER).unwrap().to_owned()
    }
}
